"""`spacy bert help`: the entry of a message code, for a terminal."""

import re
import shutil
import textwrap

from ..errors import Errors
from ..messages import codes, entry
from .reported import fail

MAX_WIDTH = 100
_CODE = re.compile(r"\[?B?(\d{3})\]?", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./)*([^)]+)\)")


def explain_message(code: str) -> None:
    """code (str): In any case, with or without its B."""
    found = _CODE.fullmatch(code.strip())
    text = entry(f"B{found[1]}") if found else None
    if text is None:
        known = codes()
        fail(Errors.B590.format(found=code, first=known[0], last=known[-1]))
    print(shown(text, min(MAX_WIDTH, shutil.get_terminal_size().columns)))


def shown(text: str, width: int) -> str:
    """An entry's Markdown as plain text: paragraphs are filled, messages indented, links name their files.

    width (int): In characters, of paragraphs.
    """
    prose = True
    blocks = []
    for block in re.split(r"^```\w*\n", text, flags=re.MULTILINE):
        blocks += [_filled(paragraph, width) for paragraph in block.split("\n\n")] if prose else [_indented(block)]
        prose = not prose
    return "\n\n".join(filter(None, blocks))


def _filled(paragraph: str, width: int) -> str:
    plain = _LINK.sub(r"\1 (docs/\2)", paragraph.strip().replace("**", "")).removeprefix("## ")
    return textwrap.fill(plain, width, break_long_words=False, break_on_hyphens=False)


def _indented(message: str) -> str:
    return textwrap.indent(message.rstrip(), "    ")
