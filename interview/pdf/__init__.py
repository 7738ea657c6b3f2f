"""A report on paper: what its page shows as a document of plain data, and that document as a PDF.

`report` makes the document, `typeset` has typst set it. Candidates' words reach typst as data alone.
"""
