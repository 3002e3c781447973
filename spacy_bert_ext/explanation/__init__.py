"""Which tokens speak for a score: attributions of the encoder's heads, one number for each spaCy token."""
