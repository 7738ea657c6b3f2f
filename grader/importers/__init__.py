"""Ready questions from what others have written down: read as data here, executed only in the sandbox.

command.py         python -m grader import FORMAT SOURCE DEST
kernelbench.py     modules with `Model`, `get_inputs` and `get_init_inputs`; its texts in kernelbench_texts.py
deepml.py          folders or bundles with a description, a solution and tests that print; its texts in deepml_texts.py
sheet.py           reading one of these, with the place of everything
source.py          what can be known of Python text without running it
facts.py           what a module is like, seen by running it: imported inside the sandbox only
rehearsal.py       the sandbox as a judge: is the accepted answer accepted, and which verdict do wrong ones get
strengthen.py      more tests where those of a source let mistakes pass; variants.py makes them
labels.py          what an author says where the source does not
place.py           where a finished folder goes, whole or not at all
"""
