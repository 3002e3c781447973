"""Where `evaluate` finds the curves of a training."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from tests.cli.runner import run
from tests.evaluation.curves.logs import make_log

TITLE = "<h2>Training</h2>"


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """A folder of a training, with a pipeline of a ruler, and a corpus beside it."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Ada"}])  # type: ignore[attr-defined]
    nlp.to_disk(make_log(tmp_path / "training") / "model-best")
    nlp.to_disk(tmp_path / "calibrated")
    DocBin(docs=[nlp("Ada left")]).to_disk(tmp_path / "dev.spacy")
    return tmp_path / "training"


def page_of(pipeline: Path, *options: object) -> str:
    output = pipeline.parent / "report"
    code, printed = run("evaluate", pipeline, pipeline.parent / "dev.spacy", "--output", output, *options)
    assert code == 0, printed
    return (output / "index.html").read_text(encoding="utf8")


def test_a_model_best_lies_in_its_training(training: Path) -> None:
    (training.parent / "dev.spacy").rename(training / "dev.spacy")
    page = page_of(training / "model-best")
    assert '<a href="#training">' in page and '<section id="training">' in page
    assert (
        TITLE in page
        and page.count('<svg class="plot curves"') == 5
        and "The dashed line is the best step, 10." in page
    )
    (training / "log.jsonl").unlink()
    assert TITLE not in page_of(training / "model-best")


def test_other_pipelines_need_to_be_told(training: Path) -> None:
    calibrated = training.parent / "calibrated"
    assert TITLE not in page_of(calibrated)
    assert TITLE in page_of(calibrated, "--training", training)
    code, printed = run(
        "evaluate", calibrated, training.parent / "dev.spacy", "--output", training.parent / "report", "-t", calibrated
    )
    assert code == 1 and "[B584]" in printed
