"""Whether this runs in a notebook, and a progress bar for one.

IPython is imported only where its kernel has imported it already.
"""

import io
import sys
from html import escape
from typing import Any, ClassVar

import tqdm

_WIDTH = "12em"
_WITHOUT_BAR = "{desc}: {percentage:.0f}%{r_bar}"
_GONE = {"text/plain": ""}


def in_notebook() -> bool:
    """Whether a kernel of IPython runs this: Jupyter, JupyterLab, VS Code, Colab. A terminal's IPython has none."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class NotebookBar(tqdm.tqdm):
    """A bar below the cell, which is updated in place, and gone when the work is done.

    It is an HTML element, with tqdm's text for front ends without HTML. `tqdm.notebook` needs ipywidgets, leaves a red
    bar where a total was not reached, and its widgets stay in the file of the notebook. The next bar of a cell takes
    the place of one that is gone: the rows of a training's log stand together.
    """

    _free: ClassVar[dict[int, list[Any]]] = {}  # places of bars that are gone, by the number of the cell

    def __init__(self, **options: Any) -> None:
        """options: Of tqdm, without `file`."""
        self._place: Any = None
        super().__init__(file=io.StringIO(), **options)

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """msg (str): As tqdm calls it: "" for a bar that goes; None for one as it stands."""
        is_gone = msg == ""
        bundle = _GONE if is_gone else {"text/plain": str(self), "text/html": self._html()}
        if self._place is None:
            self._show(bundle)
        else:
            self._place.update(bundle, raw=True)
        if is_gone:
            self._free.setdefault(_cell(), []).append(self._place)
        return False  # nothing was written to the file

    def _show(self, bundle: dict[str, str]) -> None:
        from IPython.display import display

        places = self._free.get(_cell())
        if places:
            self._place = places.pop()
            self._place.update(bundle, raw=True)
        else:
            for cell in [cell for cell in self._free if cell != _cell()]:
                del self._free[cell]
            self._place = display(bundle, raw=True, display_id=True)

    def _html(self) -> str:
        if not self.total:
            return _told(str(self))
        shown = self.format_dict
        text = self.format_meter(**{**shown, "bar_format": shown["bar_format"] or _WITHOUT_BAR, "ncols": None})
        bar = f'<progress value="{self.n:g}" max="{self.total:g}" style="width: {_WIDTH}"></progress>'
        return f"{bar} {_told(text)}"


def _told(text: str) -> str:
    return f'<span style="font-variant-numeric: tabular-nums">{escape(text)}</span>'


def _cell() -> int:
    """Number of the cell that runs."""
    number: int = sys.modules["IPython"].get_ipython().execution_count
    return number
