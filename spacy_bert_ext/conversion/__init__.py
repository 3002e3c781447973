"""Public data sets become Docs that heads learn from: a file for each task."""
