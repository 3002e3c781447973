"""Glossary of axes, and aliases that two or more modules use.

Axes, always in this order:
    n_docs      spaCy Docs of one call
    n_windows   runs of pieces, special pieces included, that the encoder sees at once
    n_pieces    subwords of the checkpoint's tokenizer
    n_tokens    spaCy tokens
    n_tags      symbols of the tag scheme (`O`, `B-ORG`, ...)
    n_labels    entity types or categories
    width       size of the encoder's vectors

Arrays of several Docs are flat: the Docs' rows stand one after the other, and a second array gives their lengths.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Scorer: TypeAlias = Callable[..., dict[str, Any]]  # of examples, as spaCy's components have them

Ints1d: TypeAlias = NDArray[np.int64]
Bools1d: TypeAlias = NDArray[np.bool_]
Keys1d: TypeAlias = NDArray[np.uint64]  # hashes of spaCy's string store
Tokens2d: TypeAlias = NDArray[np.uint64]  # (n_tokens, 2), see `tokens_of`
