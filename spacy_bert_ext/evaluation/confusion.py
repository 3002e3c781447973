"""Which label was taken for which."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any


def confusion(pairs: Iterable[tuple[str | None, str | None]], labels: Sequence[str]) -> dict[str, Any]:
    """Count pairs of a gold and a predicted label; None stands for no annotation.

    RETURNS (dict): `labels`, ending in None, and `counts`: a row for each gold label, a column for each predicted one.
    """
    found = Counter(pairs)
    names = [*labels, None]
    return {"labels": names, "counts": [[found[gold, predicted] for predicted in names] for gold in names]}
