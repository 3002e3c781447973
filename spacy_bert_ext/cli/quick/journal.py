"""What a run of `spacy bert quick` has done, in its folder: so that the next one goes on from there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import srsly

from ...errors import Errors
from ...files.folder_kinds import FolderKind
from ...files.folders import check_output, write_text_whole

FILE = "quick.json"
RUN = FolderKind("run of `quick`", (FILE,))


class Journal:
    """Of each step its arguments, and whether it is done; and what was found out on the way.

    Nothing but this command writes into the folder.
    """

    def __init__(self, folder: Path) -> None:
        """RAISES (ValueError): The folder holds something else. RAISES (SaveError): It can't be written."""
        check_output(folder, replacing=RUN)
        self._file = folder / FILE
        read: Any = srsly.read_json(self._file) if self._file.exists() else {}
        self._steps: dict[str, dict[str, Any]] = read.get("steps", {})
        self._facts: dict[str, Any] = read.get("facts", {})

    def fact(self, name: str) -> Any:
        """None if it is not known yet."""
        return self._facts.get(name)

    def note(self, name: str, value: Any) -> None:
        self._facts[name] = value
        self._write()

    def is_begun(self, step: str) -> bool:
        return step in self._steps

    def is_done(self, step: str) -> bool:
        return self.is_begun(step) and self._steps[step]["done"]

    def changed(self, step: str, arguments: Sequence[str], data: object = None) -> str | None:
        """How the step's command reads now and how it read when it began; None if it reads the same, or has not begun.

        data: What is known of files that the step reads and another program may have changed.
        """
        if not self.is_begun(step):
            return None
        before = self._steps[step]["arguments"]
        if before != list(arguments):
            return Errors.B547.format(step=step, before=" ".join(before), now=" ".join(arguments))
        if self._steps[step]["data"] != json.loads(json.dumps(data)):
            return Errors.B548.format(step=step)
        return None

    def begin(self, step: str, arguments: Sequence[str], data: object = None) -> None:
        self._steps[step] = {"arguments": list(arguments), "data": data, "done": False}
        self._write()

    def finish(self, step: str) -> None:
        self._steps[step]["done"] = True
        self._write()

    def forget(self, steps: Sequence[str], facts: Sequence[str]) -> None:
        for step in steps:
            self._steps.pop(step, None)
        for fact in facts:
            self._facts.pop(fact, None)
        self._write()

    def _write(self) -> None:
        text = json.dumps({"steps": self._steps, "facts": self._facts}, ensure_ascii=False, indent=2)
        write_text_whole(self._file, text + "\n")
