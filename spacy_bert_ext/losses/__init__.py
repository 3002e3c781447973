"""Losses, their controls, and what new heads begin with. Arrays only: no spaCy, no encoder."""
