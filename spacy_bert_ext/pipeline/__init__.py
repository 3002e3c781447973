"""Scores → annotations: one component per file, their factories in `factories.py`."""
