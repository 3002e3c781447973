"""Docs → plan → back end, or module in training → vectors of pieces and windows."""
