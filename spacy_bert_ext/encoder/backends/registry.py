"""The back ends by the names that the setting `backend` knows.

A package adds one with an entry point in the group `spacy_bert_ext_backends`, or with
`@BACKENDS.register("its-name")`: something that, called without arguments, gives a `Backend`.
"""

import catalogue

from ...errors import Errors
from .backend import Backend

BACKENDS = catalogue.create("spacy_bert_ext", "backends", entry_points=True)


def check_backend(name: str) -> None:
    """RAISES (ValueError): Nobody has registered it."""
    if name not in BACKENDS:
        known = ", ".join(sorted(BACKENDS.get_all()))
        raise ValueError(Errors.B294.format(found=name, known=known))


def new_backend(name: str) -> Backend:
    """RAISES (ValueError): Nobody has registered it."""
    check_backend(name)
    backend: Backend = BACKENDS.get(name)()
    return backend
