"""`--rename OLD=NEW`: other names for labels."""

from collections.abc import Sequence

from ..errors import Errors


def read_renamed(pairs: Sequence[str]) -> dict[str, str]:
    """New names by old ones. RAISES (ValueError): One is no pair."""
    wrong = next((pair for pair in pairs if pair.count("=") != 1), None)
    if wrong is not None:
        raise ValueError(Errors.B010.format(found=wrong, setting="--rename", allowed="OLD=NEW"))
    return {old.strip(): new.strip() for old, new in (pair.split("=") for pair in pairs)}
