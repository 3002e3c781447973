"""`python -m spacy bert curves`."""

from pathlib import Path

from tests.cli.runner import run
from tests.evaluation.curves.logs import make_log


def test_curves_are_drawn_once(tmp_path: Path) -> None:
    make_log(tmp_path / "training")
    call = ("curves", tmp_path / "training", "--output", tmp_path / "curves.svg")
    code, printed = run(*call)
    assert code == 0 and "evaluations: 3" in printed and (tmp_path / "curves.svg").read_text().startswith("<svg")
    code, printed = run(*call)
    assert code == 1 and "use --force" in printed
    assert run(*call, "--force")[0] == 0


def test_wrong_calls_are_told(tmp_path: Path) -> None:
    make_log(tmp_path / "training")
    for training, name, error in (("other", "curves.svg", "B584"), ("training", "curves.gif", "B586")):
        code, printed = run("curves", tmp_path / training, "--output", tmp_path / name)
        assert code == 1 and f"[{error}]" in printed and not (tmp_path / name).exists()
