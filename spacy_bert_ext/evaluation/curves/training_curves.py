"""The curves of one training, to look at and to save."""

from pathlib import Path

from ...errors import Errors
from ...files.folders import file_written_whole
from ...training.log_file import read_log
from ...training.log_rows import Row
from .drawing import picture
from .figure import write_figure
from .panels import Panel, best_step, panels_of

ENDINGS = (".png", ".svg", ".pdf")


class TrainingCurves:
    """Loss, scores, learning rates and words per second by step. Notebooks show them.

    rows: Those of the log, the earliest first.
    panels: Curves that share an axis.
    """

    def __init__(self, rows: list[Row]) -> None:
        self.rows: list[Row] = rows
        self.panels: list[Panel] = panels_of(rows)

    @property
    def last_step(self) -> int:
        last: int = self.rows[-1]["step"]
        return last

    @property
    def best_step(self) -> int | None:
        """Number of the step that was saved as `model-best`; None if nothing was evaluated."""
        return best_step(self.rows)

    def to_svg(self) -> str:
        """A picture on a white ground, which needs no library."""
        return picture(self.panels, self.last_step)

    def save(self, path: str | Path) -> None:
        """Write a picture: .svg, or with matplotlib .png and .pdf.

        RAISES (ValueError): Another ending.
        RAISES (ImportError): matplotlib is needed, and not installed.
        RAISES (SaveError): The file can't be written.
        """
        path = Path(path)
        ending = check_ending(path)
        with file_written_whole(path) as new:
            if ending == ".svg":
                new.write_text(self.to_svg(), encoding="utf8")
            else:
                write_figure(self.panels, self.last_step, new, kind=ending[1:])

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        return f"TrainingCurves({len(self.rows)} evaluations, {self.last_step:,} steps)"


def check_ending(path: Path) -> str:
    """RETURNS (str): The ending, in lower case.
    RAISES (ValueError): There is no such picture.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(Errors.B586.format(path=path, allowed=", ".join(ENDINGS)))
    return ending


def training_curves(training: str | Path) -> TrainingCurves:
    """See `spacy_bert_ext.training_curves`."""
    return TrainingCurves(read_log(training))
