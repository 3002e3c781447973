"""Docs → pieces → windows → batches: host side, array operations only."""
