"""Beside spaCy's own heads and spacy-transformers: what their models take ↔ an encoder's vectors."""
