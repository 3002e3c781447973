"""Flat arrays: ragged rows, and their way to the device. No spaCy."""
