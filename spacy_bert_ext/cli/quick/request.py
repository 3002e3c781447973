"""What `spacy bert quick` was asked for."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...conversion.parts import PART_NAMES, given_parts
from ...errors import Errors

# Of `convert`, and what `init-config` calls them.
HEADS = {
    "ner": "ner",
    "spans": "spancat",
    "textcat": "textcat",
    "textcat_multilabel": "textcat_multilabel",
    "qa": "qa",
}


_OPTION = re.compile(r"--?[A-Za-z]")  # a value may be a number below 0


class Request(NamedTuple):
    """others: Options of `convert` and, if their names have a dot, settings of the config."""

    data: str
    task: str
    lang: str
    output: Path
    encoder: str | None = None
    epochs: int | None = None
    name: str | None = None
    others: tuple[str, ...] = ()

    def check(self) -> None:
        """RAISES (ValueError): An unknown task, or a folder of parts in which one is missing."""
        if self.task not in HEADS:
            raise ValueError(Errors.B010.format(found=self.task, setting="--task", allowed=", ".join(HEADS)))
        parts = self.parts()
        missing = [name for name in PART_NAMES if name not in parts]
        if parts and missing:
            raise ValueError(Errors.B545.format(path=self.data, found=", ".join(parts), missing=", ".join(missing)))

    def parts(self) -> dict[str, Path]:
        """Of data that comes in parts: a folder of `train`, `dev` and `test`."""
        return given_parts(Path(self.data))

    @property
    def head(self) -> str:
        return HEADS[self.task]

    @property
    def package_name(self) -> str:
        """The name of the data, as far as a package can have it."""
        found = re.sub(r"\W+", "_", Path(self.data).name.split(".")[0], flags=re.ASCII).strip("_").lower()
        return self.name or found or self.task

    def arguments(self) -> list[str]:
        """What one types for it, after `spacy bert`."""
        options = {"encoder": self.encoder, "epochs": self.epochs, "name": self.name}
        given = [part for name, value in options.items() if value is not None for part in (f"--{name}", str(value))]
        place = ["--task", self.task, "--lang", self.lang, "--output", str(self.output)]
        return ["quick", self.data, *place, *given, *self.others]

    @property
    def settings(self) -> list[str]:
        """Options whose names have a dot, with their values."""
        return _options(self.others, with_dot=True)

    @property
    def conversion(self) -> list[str]:
        """All other options, with their values."""
        return _options(self.others, with_dot=False)


def _options(arguments: Sequence[str], *, with_dot: bool) -> list[str]:
    chosen: list[str] = []
    has_dot = False
    for argument in arguments:
        if _OPTION.match(argument):
            has_dot = "." in argument.split("=")[0]
        if has_dot == with_dot:
            chosen.append(argument)
    return chosen
