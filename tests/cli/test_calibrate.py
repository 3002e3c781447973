"""`python -m spacy bert calibrate`."""

from pathlib import Path

import pytest
import spacy
from spacy.cli._util import app
from spacy.language import Language
from spacy.tokens import DocBin
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)
from spacy_bert_ext.calibration.calibrating import calibrate
from tests.annotated import DATA, TEXTS, make_examples
from tests.calibration.test_calibrating import MIXED
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import HEADS, head_of

NER, EXCLUSIVE, MULTILABEL, SPANS, *_ = HEADS


def settings(nlp: Language) -> dict:
    return {name: dict(head_of(nlp, name).cfg) for name in HEADS if name in nlp.pipe_names}


# The command


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bert", "calibrate", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def corpus(path: Path, nlp: Language, data: list) -> Path:
    DocBin(docs=[eg.reference for eg in make_examples(nlp, data)]).to_disk(path)
    return path


def test_the_command_writes_a_calibrated_pipeline(trained: Language, trained_folder: Path, tmp_path: Path) -> None:
    path = corpus(tmp_path / "dev.spacy", trained, MIXED)
    code, output = run(trained_folder, path, tmp_path / "out", "--thresholds", "--min-positives", 1)
    assert code == 0, output
    expected = calibrate(trained, make_examples(trained, MIXED), thresholds=True, min_positives=1)
    loaded = spacy.load(tmp_path / "out")
    for name, expected_cfg in settings(trained).items():
        found = head_of(loaded, name).cfg
        assert found["temperature"] == pytest.approx(expected_cfg["temperature"])  # JSON keeps some ten digits
        assert found.get("thresholds") == pytest.approx(expected_cfg.get("thresholds"), abs=1e-9)
    assert [annotations(doc) for doc in loaded.pipe(TEXTS)] == [annotations(doc) for doc in trained.pipe(TEXTS)]
    for result in expected:
        row = f"{result.name} {result.temperature:.2f} {result.after.counts.sum()} {result.before.ece:.3f}"
        assert row in output
    for one in expected[2].thresholds:
        assert f"{one.label} {one.threshold:.3f} {one.f_before:.3f} {one.f_after:.3f}" in output


def test_the_command_says_what_stays_and_warns(trained: Language, trained_folder: Path, tmp_path: Path) -> None:
    data = [(text, {"cats": {**annotation["cats"], "order": 0.0}}) for text, annotation in DATA]
    path = corpus(tmp_path / "dev.spacy", trained, data[:2])
    arguments = (
        trained_folder,
        path,
        tmp_path / "out",
        "--component",
        MULTILABEL,
        "--thresholds",
        "--min-positives",
        1,
    )
    code, output = run(*arguments)
    assert code == 0 and "threshold of their own: order (0)" in output and "[B106]" in output


def test_the_command_writes_all_or_nothing(trained: Language, trained_folder: Path, tmp_path: Path) -> None:
    path = corpus(tmp_path / "dev.spacy", trained, [(TEXTS[2], DATA[2][1])])
    code, output = run(trained_folder, path, tmp_path / "out")
    assert code == 1 and "[B086]" in output and "--component" in output
    assert sorted(tmp_path.iterdir()) == [path]
    full = tmp_path / "full"
    trained.to_disk(full)
    code, output = run(trained_folder, path, full)
    assert code == 1 and "[B550]" in output and "`--force`" in output
    code, output = run(tmp_path / "absent", path, tmp_path / "out")
    assert code == 1 and "[E050]" in output


def test_heads_with_few_predictions_stay_as_they_are(trained: Language, trained_folder: Path, tmp_path: Path) -> None:
    path = corpus(tmp_path / "dev.spacy", trained, MIXED)
    code, output = run(trained_folder, path, tmp_path / "out", "--min-scored", "1000")
    assert code == 0 and output.count("[B549]") == len(HEADS) and "ECE" not in output
    assert [annotations(doc) for doc in spacy.load(tmp_path / "out").pipe(TEXTS)] == [
        annotations(doc) for doc in spacy.load(trained_folder).pipe(TEXTS)
    ]
