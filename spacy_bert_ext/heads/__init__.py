"""Vectors → scores: the one thinc Model of all heads, poolings, a file per kind of head."""
