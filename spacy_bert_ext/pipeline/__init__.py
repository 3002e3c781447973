"""Scores → annotations: one component per file."""
