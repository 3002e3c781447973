"""Which version this is."""

__version__ = "0.1.0"
PACKAGE = "spacy-bert-ext"  # by which it is installed
