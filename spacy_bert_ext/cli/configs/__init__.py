"""Configs as text, with their comments: put together, completed with the defaults, written."""
