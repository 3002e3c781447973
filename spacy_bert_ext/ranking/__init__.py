"""How much each sentence of a text tells, and which ones make its summary. Arrays only: no spaCy, no encoder."""
