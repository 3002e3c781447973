"""Batches → encoder → piece vectors: the only part that knows transformers."""
