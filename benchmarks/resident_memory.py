"""A callback that tells how much memory a training holds; `--code` of its command names this file (Linux)."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))  # what all benchmarks share

from processes import resident_mib
from spacy.language import Language
from spacy.util import registry

CALLBACK = "benchmarks.resident_memory.v1"


@registry.callbacks(CALLBACK)
def create_resident_memory_v1(path: str, every: int) -> Callable[[Language, dict[str, Any]], None]:
    """Add a line to a file before every such step."""

    def tell_memory(nlp: Language, info: dict[str, Any]) -> None:
        if info["step"] and info["step"] % every == 0:
            with Path(path).open("a", encoding="utf8") as file:
                file.write(json.dumps({"step": info["step"], "resident_mib": resident_mib()}) + "\n")

    return tell_memory
