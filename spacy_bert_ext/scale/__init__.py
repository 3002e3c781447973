"""A pipeline on very many texts: in this process, in several, on a cluster."""

from .annotate import Annotate

__all__ = ["Annotate"]
