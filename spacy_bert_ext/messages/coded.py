"""The form of a message: `[B001] text`, and in a last line where to read more."""

import re
from typing import Any

_MORE = "More: python -m spacy bert help {code}"
_ANY_MORE = re.compile(r"\s*" + _MORE.format(code=r"B\d{3}"))


class CodedMessages(type):
    """Of a class whose attributes are texts, named by their codes."""

    def __getattribute__(cls, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("__"):
            return found
        return Message(f"[{name}] {found}\n{_MORE.format(code=name)}")


class Message(str):
    """A text with a code. What it quotes of other messages is left without their last lines."""

    def format(self, *args: object, **values: object) -> str:
        text, more = parted(self)
        return f"{bare(text.format(*args, **values))}\n{more}"


def parted(message: str) -> tuple[str, str]:
    """The message without its last line, and that line; "" if it says nothing of where to read more."""
    found = list(_ANY_MORE.finditer(message))
    if not found or found[-1].end() != len(message):
        return message, ""
    return message[: found[-1].start()], found[-1][0].strip()


def bare(message: object) -> str:
    """A message, or an error's, as part of another text: without where to read more."""
    return _ANY_MORE.sub("", str(message))
