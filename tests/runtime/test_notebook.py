"""Bars in notebooks: updated in place, gone when the work is done."""

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from spacy_bert_ext.runtime import progress
from spacy_bert_ext.runtime.notebook import NotebookBar, in_notebook
from spacy_bert_ext.runtime.progress import bar, counted, working

IMPORTS = "from spacy_bert_ext.runtime import progress; progress.SHOWN_AFTER = 0.0\n"
CELLS = [
    IMPORTS + "with progress.bar('Scoring', 3) as shown:\n    shown.update(3); shown.refresh()",
    "import time\nwith progress.working('Loading'):\n    time.sleep(0.3)\nprint('loaded')",
]


class Shell:
    """IPython's, as far as bars know it. It notes what is displayed: the place, and the outputs there."""

    def __init__(self) -> None:
        self.kernel, self.execution_count = "a kernel", 1
        self.places: list[list[dict[str, str]]] = []

    def display(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> Any:
        assert raw and display_id
        place = [bundle]
        self.places.append(place)
        return SimpleNamespace(update=lambda new, raw: place.append(new))


def in_cell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=shell.display))  # type: ignore[arg-type]
    monkeypatch.setattr(NotebookBar, "_free", {})
    monkeypatch.setattr(progress, "SHOWN_AFTER", 0.0)
    return shell


def test_a_bar_is_updated_in_place_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = in_cell(monkeypatch)
    with bar("Scoring <all>", 3, mininterval=0) as shown:
        shown.update(2)
    first, second, gone = shell.places[0]
    assert first["text/plain"].startswith("Scoring <all>:   0%|") and "| 0/3 [" in first["text/plain"]
    assert second["text/html"].startswith('<progress value="2" max="3" style="width: 12em"></progress> <span')
    assert "Scoring &lt;all&gt;: 67%| 2/3 [" in second["text/html"]
    assert gone == {"text/plain": ""} and len(shell.places) == 1


def test_a_bar_without_a_total_is_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = in_cell(monkeypatch)
    assert list(counted(iter("ab"), "Reading")) == ["a", "b"]
    assert "Reading: 0 Docs [00:00, ? Docs/s]" in shell.places[0][0]["text/html"]
    assert "<progress" not in shell.places[0][0]["text/html"]


def test_the_next_bar_of_a_cell_takes_the_place_of_one_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = in_cell(monkeypatch)
    for _ in range(3):
        bar("Steps", 2).close()
    assert len(shell.places) == 1
    with bar("Outer", 2):
        bar("Inner", 2).close()
    assert len(shell.places) == 2
    shell.execution_count = 2
    bar("Steps", 2).close()
    assert len(shell.places) == 3


def test_work_is_shown_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = in_cell(monkeypatch)
    with working("Loading"):
        for _ in range(100):
            if shell.places:
                break
            progress.threading.Event().wait(0.05)
    assert "Loading, 00:0" in shell.places[0][0]["text/html"] and shell.places[0][-1] == {"text/plain": ""}


def test_bars_of_a_notebook_can_be_disabled_and_go_to_other_files(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = in_cell(monkeypatch)
    bar("Scoring", 3, disable=True).close()
    bar("Scoring", 3, file=sys.stdout).close()
    bar("Scoring", 3, file=sys.stderr).close()  # as loggers are given it
    assert len(shell.places) == 1


def test_a_terminal_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))  # type: ignore[arg-type]
    assert not in_notebook()  # imported only
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: object()))  # type: ignore[arg-type]
    assert not in_notebook()  # in a terminal


def test_bars_in_a_real_kernel() -> None:
    pytest.importorskip("ipykernel")
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    client, messages = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3"), []
    process = client.process_message

    def noted(message: dict[str, Any], *others: Any) -> Any:
        messages.append(message)
        return process(message, *others)

    client.process_message = noted
    client.execute()
    shown = [json.dumps(message["content"]["data"]) for message in messages if "data" in message["content"]]
    assert any("Scoring: 100%" in text and "<progress" in text for text in shown)
    assert any("Loading, 00:00" in text for text in shown)
    left = [output for cell in notebook.cells for output in cell.outputs if output.output_type != "stream"]
    assert [output.data for output in left] == [{"text/plain": ""}, {"text/plain": ""}]
    assert [output.text for output in notebook.cells[1].outputs if output.output_type == "stream"] == ["loaded\n"]
