"""Curves of a training: from the rows of its log to plots."""
