"""What an int8 pipeline says of itself in meta.json."""

import json
from importlib.metadata import metadata
from pathlib import Path

import pytest
import spacy
from spacy.cli.package import package
from spacy.util import get_minor_version_range

from spacy_bert_ext.about import __version__
from spacy_bert_ext.quantization.comparing import Agreement
from spacy_bert_ext.quantization.describing import describe, summary
from spacy_bert_ext.quantization.quantizing import Change, Report
from spacy_bert_ext.quantization.refitting import Refitted

REPORT = Report(
    backend="openvino",
    n_docs=100,
    n_texts=512,
    changes=(
        Change("bert_ner", "ents_f", 90.0, 89.6, counts=True),
        Change("bert_ner", "PER", 91.0, 80.0, counts=False),
    ),
    agreements={"entities": Agreement(0.99, 50)},
    heads={"bert_ner": Refitted(1.0, 1.2, 0.04, 0.05, 0.01)},
    megabytes=(90.0, 25.0),
    speeds=(1000.0, 2000.0),
    performance={"ents_f": 0.896},
)


def test_scores_requirement_and_note() -> None:
    nlp = spacy.blank("en")
    nlp.meta["requirements"] = ["spacy-bert-ext>=0.0.1", "other>=1"]
    nlp.meta["performance"] = {"ents_f": 0.9, "speed": 3.0}
    nlp.meta["notes"] = "Trained on news."
    describe(nlp, REPORT)
    extra = "[openvino]" if "openvino" in (metadata("spacy-bert-ext").get_all("Provides-Extra") or []) else ""
    requirement = f"spacy-bert-ext{extra}{get_minor_version_range(__version__)}"
    assert nlp.meta["requirements"] == [requirement, "other>=1"]
    assert nlp.meta["performance"] == {"ents_f": 0.896, "quantization": summary(REPORT)}
    assert (
        nlp.meta["notes"].startswith("Trained on news.\n\n") and f'`pip install "{requirement}"`' in nlp.meta["notes"]
    )


def test_another_back_end_has_no_extra_here() -> None:
    nlp = spacy.blank("en")
    describe(nlp, REPORT._replace(backend="theirs"))
    assert nlp.meta["requirements"] == [f"spacy-bert-ext{get_minor_version_range(__version__)}"]


def test_the_summary_is_json_with_values_from_0_to_1() -> None:
    found = json.loads(json.dumps(summary(REPORT)))
    assert found["loss"] == pytest.approx(0.004)
    assert found["scores"] == [{"component": "bert_ner", "score": "ents_f", "before": 0.9, "after": 0.896}]
    assert found["equal"] == {"entities": 0.99} and found["heads"]["bert_ner"]["temperature"] == 1.2
    assert found["megabytes"] == {"before": 90.0, "after": 25.0}


def test_a_head_that_predicts_nothing_can_be_saved(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nan = float("nan")
    describe(nlp, REPORT._replace(heads={"bert_ner": Refitted(1.0, 1.0, nan, nan, nan)}))
    nlp.to_disk(tmp_path)
    meta = json.loads((tmp_path / "meta.json").read_text(encoding="utf8"))
    assert meta["performance"]["quantization"]["heads"]["bert_ner"]["ece"] is None


def test_packages_ask_for_what_the_pipeline_needs(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    describe(nlp, REPORT)
    nlp.to_disk(tmp_path / "pipeline")
    package(tmp_path / "pipeline", tmp_path, name="demo", version="0.0.1", create_sdist=False)
    source = tmp_path / "en_demo-0.0.1"
    assert json.loads((source / "meta.json").read_text(encoding="utf8"))["requirements"] == nlp.meta["requirements"]
    assert nlp.meta["notes"] in (source / "README.md").read_text(encoding="utf8")
