"""Overlapping spans: which are looked at, what they score, which are predicted. Arrays and tensors only."""
