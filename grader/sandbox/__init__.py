"""Where untrusted code runs: one idea per file, every one of them required or loudly reported."""
