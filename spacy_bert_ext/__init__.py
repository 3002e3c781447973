"""BERT for spaCy: one shared encoder, heads for entities and categories, trained in `spacy train`."""

__version__ = "0.1.0"
