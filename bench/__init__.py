"""Measurements of the grader. Run them with `make bench`, or `python -m bench.run`."""
