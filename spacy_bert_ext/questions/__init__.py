"""Answers in texts: scores of spans by where they begin and end, and scores of texts. Arrays and strings, no spaCy."""
