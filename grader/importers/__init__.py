"""Ready questions from what others have written down: read as data here, executed only in the sandbox.

command.py      python -m grader import FORMAT SOURCE DEST
kernelbench.py  modules with `Model`, `get_inputs` and `get_init_inputs`
deepml.py       folders or bundles with a description, a starter, a solution and tests that print
source.py       what can be known of Python text without running it
trial.py        the sandbox: is the accepted answer accepted, and which verdict do wrong ones get
place.py        where a finished folder goes, whole or not at all
"""
