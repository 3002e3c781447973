"""The log of a training: spaCy's table, and what matters when an encoder is trained.

`spacy.blank()` imports this module, so everything that needs torch is imported inside the functions.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from spacy.errors import Errors as SpacyErrors
from spacy.language import Language
from spacy.training.loggers import setup_table
from wasabi import Printer

from .log_file import LogFile, LogStep
from .log_rows import PREFIX, LogRows
from .shown_scores import shown_score
from .step_bar import StepBar

if TYPE_CHECKING:
    from .statistics import Statistics

Logger = Callable[[Language, IO[str], IO[str]], tuple[LogStep, Callable[[], None]]]

_SPACING = 2
_MAX_COLUMN = 30
# Header, width, and how a number is shown
_STATISTICS = {
    "encoder_learn_rate": ("Enc rate", 8, "{:.1e}"),
    "head_learn_rate": ("Head rate", 9, "{:.1e}"),
    "words_per_second": ("Words/s", 7, "{:,.0f}"),
    "padding": ("Padding", 7, "{:.0%}"),
}


def create_log_v1(
    progress_bar: Literal["train", "eval"] | None = "eval",
    console_output: bool = True,
    output_file: str | Path | None = None,
) -> Logger:
    """Log scores, the loss of each head, learning rates, words per second and padding at each evaluation.

    Other loggers find the numbers that spaCy doesn't count under `bert.` in the step's info. Put this one before them
    in `spacy.ChainLogger.v1`, and give "^bert" to `log_custom_stats` of WandbLogger and MLflowLogger.

    progress_bar (str): "train" counts the steps up to `training.max_steps`, "eval" those up to the next evaluation;
        null shows no bar, nor does output that is no terminal.
    console_output (bool): Whether to print the table.
    output_file (str): File for one JSON object per evaluation. A training that is resumed continues it, another one
        replaces it.
    RAISES (ValueError): An unknown `progress_bar`, or an `output_file` that can't be written.
    """
    kinds = ("train", "eval")
    if progress_bar is not None and progress_bar not in kinds:
        raise ValueError(SpacyErrors.E1048.format(unexpected=progress_bar, expected=kinds))

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        from .statistics import Statistics

        training = nlp.config.interpolate()["training"]
        rows = LogRows(nlp)
        log = _Log(
            Statistics(nlp),
            rows,
            table=_Table(rows, stdout) if console_output else None,
            file=None if output_file is None else LogFile(Path(output_file), "output_file"),
            bar=None if progress_bar is None else StepBar(progress_bar, training, stderr),
        )
        return log.log_step, log.close

    return setup


class _Log:
    """The log of one training, in up to three places."""

    def __init__(
        self,
        statistics: "Statistics",
        rows: LogRows,
        *,
        table: "_Table | None",
        file: LogFile | None,
        bar: StepBar | None,
    ) -> None:
        self._statistics, self._rows = statistics, rows
        self._table, self._file, self._bar = table, file, bar

    def log_step(self, info: dict[str, Any] | None) -> None:
        """info (Dict[str, Any]): What spaCy tells after an evaluation; None after another step."""
        if info is None:
            self._statistics.count_step()
            if self._bar is not None:
                self._bar.count_step()
            return
        numbers = self._statistics.take(info)
        info.update({f"{PREFIX}{name}": number for name, number in numbers.items() if number is not None})
        row = self._rows.row(info)
        self.close()
        if self._table is not None:
            self._table.write(row)
        if self._file is not None:
            self._file.write(row)
        if self._bar is not None:
            self._bar.begin(info)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Table:
    """The table on the console."""

    def __init__(self, rows: LogRows, stdout: IO[str]) -> None:
        columns = [("E", 3), ("#", 6)]
        columns += [(f"Loss {name}" if len(rows.heads) > 1 else "Loss", 8) for name in rows.heads]
        shown = [shown_score(name) for name in rows.scores]
        columns += [(score.header, score.width) for score in shown if score.header] + [("Score", 6)]
        columns += [(called, width) for called, width, _ in _STATISTICS.values()]
        header, self._widths, self._aligns = setup_table(
            cols=[name for name, _ in columns], widths=[width for _, width in columns], max_width=_MAX_COLUMN
        )
        self._stdout = stdout
        self._print(header, None)
        self._print(["-" * width for width in self._widths], None)

    def write(self, row: dict[str, Any]) -> None:
        cells: list[Any] = [row["epoch"], row["step"], *(f"{loss:.2f}" for loss in row["losses"].values())]
        for name, value in row["scores"].items():
            if shown_score(name).header:
                cells.append(_written(value, f"{{:.{shown_score(name).decimals}f}}"))
        cells.append(_written(row["score"], "{:.2f}"))
        cells += [_written(row[name], form) for name, (_, _, form) in _STATISTICS.items()]
        self._print(cells, self._aligns)

    def _print(self, cells: list[Any], aligns: list[str] | None) -> None:
        line = Printer(no_print=True).row(cells, widths=self._widths, aligns=aligns, spacing=_SPACING)
        print(line, file=self._stdout, flush=True)


def _written(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
