"""Explanations as tables in a terminal."""

import sys
from collections.abc import Sequence

from wasabi import Printer

from ..explanation.explanation import Explanation
from ..explanation.page.html import facts_of, words

N_SHOWN = 10  # explanations
N_TOKENS = 10  # of each
MAX_CHARACTERS = 60  # of a text that names it
COLOURS = (None, "blue", "yellow")  # of the columns


def terminal() -> Printer:
    """Colours and icons, unless the output goes to a file or to another program."""
    return Printer(pretty=sys.stdout.isatty())


def print_explanations(explanations: Sequence[Explanation]) -> None:
    """The largest numbers of the first ones."""
    printer = terminal()
    text = None
    for explanation in explanations[:N_SHOWN]:
        if explanation.text != text:
            text = explanation.text
            printer.divider(shortened(text))
        for line in heading(explanation):
            print(line)
        rows = [(shortened(token), *_for_and_against(score)) for token, score in explanation.top(N_TOKENS)]
        if rows:
            header = ("token", "for", "against")
            colours = COLOURS if printer.pretty else None
            printer.table(rows, header=header, divider=True, aligns=("l", "r", "r"), fg_colors=colours)
        else:
            printer.text("no token has a weight", spaced=True)
    if len(explanations) > N_SHOWN:
        printer.text(f"... and {len(explanations) - N_SHOWN:,} more, which `--output` and `--json` have")


def heading(explanation: Explanation) -> list[str]:
    """What was explained, and what the numbers are about."""
    probability = "" if explanation.probability is None else f" {100 * explanation.probability:.1f} %"
    target = "" if explanation.target is None else f", {shortened(explanation.target_text)!r}"
    how = words(explanation.method) + (f", baseline {explanation.baseline}" if explanation.baseline else "")
    what = f"{explanation.component}: {explanation.label}{probability}{target}"
    return [what, f"{how}; {'; '.join(facts_of(explanation))}"]


def shortened(text: str) -> str:
    """One line, which controls no terminal; "…" for what is left out."""
    shown = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    shown = repr(text) if text.isspace() else shown
    return shown if len(shown) <= MAX_CHARACTERS else shown[: MAX_CHARACTERS - 1] + "…"


def _for_and_against(score: float) -> tuple[str, str]:
    return (f"{score:.3f}", "") if score > 0 else ("", f"{score:.3f}")
