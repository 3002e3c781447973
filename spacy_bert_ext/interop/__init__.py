"""spaCy's own heads on our encoder, and our heads on spacy-transformers: imports components, never the reverse."""
