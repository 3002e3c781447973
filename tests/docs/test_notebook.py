"""The notebook's cells run without Jupyter, on less data and a tiny encoder; its outputs are those of a whole run."""

import ast
import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spacy_bert_ext.explanation.explanation import Explanation
from tests.docs.commands import ROOT, Commands
from tests.docs.hub import make_encoder_checkpoint
from tests.docs.test_prose import MOST_WORDS, sentences_of

NOTEBOOK = ROOT / "docs" / "tutorials" / "notebook.ipynb"
DATA = Path("project") / "assets" / "utterances"
LINES = {"train": 60, "dev": 25, "test": 25}
MOST_BYTES = 150_000
pytestmark = pytest.mark.skipif(not NOTEBOOK.exists(), reason="it is in a checkout only")


@pytest.fixture(scope="module")
def cells() -> list[dict[str, Any]]:
    return json.loads(NOTEBOOK.read_text(encoding="utf8"))["cells"]


def code_of(cells: list[dict[str, Any]]) -> list[str]:
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some of the data and an encoder, where a checkout has them; the working folder is that of the notebook."""
    encoder = tmp_path / "project" / "encoders" / "all-MiniLM-L6-v2"
    encoder.mkdir(parents=True)
    make_encoder_checkpoint(encoder, "bert")
    (tmp_path / DATA).mkdir(parents=True)
    for part, n_lines in LINES.items():
        lines = (ROOT / DATA / f"{part}.tsv").read_text(encoding="utf8").splitlines()[:n_lines]
        (tmp_path / DATA / f"{part}.tsv").write_text("\n".join(lines), encoding="utf8")
    folder = tmp_path / "docs" / "tutorials"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def run_cell(source: str, commands: Commands, namespace: dict[str, object]) -> object:
    """RETURNS: The value of the last line, which Jupyter shows."""
    if source.startswith("!"):
        commands.run(source[1:])
        return None
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), namespace)  # noqa: S102
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)


@pytest.mark.filterwarnings("ignore")
def test_all_cells_run(
    cells: list[dict[str, Any]], checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, namespace = Commands(tmp_path, monkeypatch), {"__name__": "__main__"}
    shown = [run_cell(source, commands, namespace) for source in code_of(cells)]
    (curves,) = [value for value in shown if type(value).__name__ == "TrainingCurves"]
    (rendered,) = [value for value in shown if isinstance(value, str)]
    assert len(curves.rows) == 3 and rendered.count('class="entities"') == 3
    assert len([value for value in shown if isinstance(value, Explanation)]) == 2
    assert (checkout / "run" / "packages" / "install.txt").is_file()


def test_the_outputs_are_there_and_small(cells: list[dict[str, Any]]) -> None:
    text = NOTEBOOK.read_text(encoding="utf8")
    assert len(text.encode()) < MOST_BYTES
    outputs = [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]
    numbers = [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"]
    assert numbers == list(range(1, len(numbers) + 1)), "`make notebook` executes it"
    kinds = {output["output_type"] for found in outputs for output in found}
    assert kinds <= {"stream", "execute_result", "display_data"}  # no errors
    assert not re.search(r"/home/|/root/|/tmp/|/Users/|site-packages|Warning", text)
    data = [kind for found in outputs for output in found for kind in output.get("data", {})]
    assert data.count("image/svg+xml") == 1 and data.count("text/html") == 3


def test_its_texts_are_short_and_its_links_lead_to_pages(cells: list[dict[str, Any]]) -> None:
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert [sentence for sentence in sentences_of(text) if len(sentence.split()) > MOST_WORDS] == []
    links = re.findall(r"\]\(([^)#]+)\)", re.sub(r"`[^`]*`", "", text))
    assert links and all((NOTEBOOK.parent / link).is_file() for link in links)


def test_outputs_are_cleaned_of_what_was_wiped() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "execute_notebook.py"), run_name="script")
    gone = SimpleNamespace(output_type="display_data", data={"text/plain": ""})
    streams = [SimpleNamespace(output_type="stream", name="stdout", text=text) for text in ("a\n", "b\n")]
    (stream,) = script["joined"]([streams[0], gone, streams[1]])
    assert stream.text == "a\nb\n"
    stream.text = f"\x1b[32mgood\x1b[0m\r\nbar 10%\rbar 20%\r    \rrow\n\n\n\n{script['FOLDER']}/page.html\n"
    assert script["cleaned"](stream).text == "good\nrow\n\nrun/page.html\n"
    stream.text = "bar 10%\r       \r"
    assert script["cleaned"](stream) is None
