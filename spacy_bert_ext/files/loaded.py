"""What a component remembers of the files that it was loaded from."""

from pathlib import Path
from typing import Any, NamedTuple


class Loaded(NamedTuple):
    """Files that a component was loaded from.

    place: The folder that holds the component's, and those of the components that were saved with it.
    recorded: What they tell of weights that belong together: checksums by names.
    """

    path: Path
    place: Path
    recorded: dict[str, Any]
