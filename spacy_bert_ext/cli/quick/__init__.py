"""`spacy bert quick`: the other commands one after the other, from a file of data to an installable package.

`arguments` (the command line) → `run` → `steps` (which command, with which arguments) → `calls` (runs one), with
`journal` (what is done) on disk, and `ending` (what is told at last).
"""
