"""Explanations in HTML that needs nothing else."""
