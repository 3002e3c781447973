"""Commands as one types them."""

import shlex
from collections.abc import Sequence

PROGRAM = "python -m spacy"


def typed(arguments: Sequence[str]) -> str:
    """In one line, to be copied. arguments (Sequence[str]): Those after `spacy bert`."""
    return f"{PROGRAM} {shlex.join(['bert', *arguments])}"
