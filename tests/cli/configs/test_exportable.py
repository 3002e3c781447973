"""Heads that transformers opens: written by a config, trained, exported, and compared."""

import warnings
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.training import Example
from spacy.util import load_model_from_config
from thinc.api import Config
from transformers import pipeline

from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from spacy_bert_ext.cli.configs.exportable import exportable_settings
from spacy_bert_ext.cli.configs.tasks import make_config
from spacy_bert_ext.defaults import exportable_text, has_defaults
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.checkpoints.test_exporting import GOLD

FP32 = '[components.bert_encoder.model]\nprecision = "fp32"\ndevice = "cpu"\n'


def test_heads_without_a_counterpart_are_refused() -> None:
    with pytest.raises(ValueError, match="B564.*bert_spancat, bert_summarizer.*bert_ner, bert_textcat"):
        exportable_settings(["bert_spancat", "bert_ner", "bert_summarizer"], None)


def test_only_what_is_asked_for_is_written() -> None:
    text = exportable_settings(["bert_textcat"], "mean")
    config = Config().from_str("[components]\n[components.bert_encoder]\n[components.bert_textcat]\n" + text)
    assert config["components"]["bert_encoder"]["model"] == {"pieces_from": "text", "window_pooling": "mean"}
    assert list(config["components"]) == ["bert_encoder", "bert_textcat"]
    assert "window_pooling" not in exportable_settings(["bert_textcat"], "first")


def test_the_heads_are_those_of_the_package() -> None:
    names = {line.split(".")[1].rstrip("]") for line in exportable_text().splitlines() if line.startswith("[comp")}
    assert "bert_ner" in names and all(map(has_defaults, names))


def exported(factory: str, folder: str, path: Path) -> Language:
    """Trained by heart with a config of `--exportable`, and exported without a warning."""
    text = make_config([factory], folder, "en", more=exportable_settings([factory], None) + FP32)
    nlp = load_model_from_config(Config().from_str(text), auto_fill=True)
    cats = ({"news": 1.0, "sport": 0.0}, {"news": 0.0, "sport": 1.0}, {"news": 0.0, "sport": 1.0})
    gold = [{"entities": entities, "cats": these} for (_, entities), these in zip(GOLD, cats)]
    examples = [Example.from_dict(nlp.make_doc(text), one) for (text, _), one in zip(GOLD, gold)]
    sgd = nlp.initialize(lambda: examples, sgd=create_adamw_v1(encoder_learn_rate=1e-3, head_learn_rate=1e-2))
    for _ in range(30):
        nlp.update(examples, sgd=sgd)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_checkpoint(nlp, factory, path)
    return nlp


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_transformers_finds_the_same_entities(kind: str, checkpoints: dict[str, str], tmp_path: Path) -> None:
    nlp = exported("bert_ner", checkpoints[kind], tmp_path / "out")
    tag = pipeline("token-classification", str(tmp_path / "out"), aggregation_strategy="first", device="cpu")
    for text, entities in GOLD:
        assert [(ent.start_char, ent.end_char, ent.label_) for ent in nlp(text).ents] == entities
        assert [(one["start"], one["end"], one["entity_group"]) for one in tag(text)] == entities


@pytest.mark.parametrize("factory", ["bert_textcat", "bert_textcat_multilabel"])
def test_transformers_finds_the_same_categories(factory: str, checkpoints: dict[str, str], tmp_path: Path) -> None:
    nlp = exported(factory, checkpoints["roberta"], tmp_path / "out")
    classify = pipeline("text-classification", str(tmp_path / "out"), top_k=None, device="cpu")
    for text in [text for text, _ in GOLD] + ["He didn't know (why?), you cannot."]:
        found = {one["label"]: one["score"] for one in classify([text])[0]}
        assert nlp(text).cats == pytest.approx(found, abs=1e-4)


@pytest.mark.parametrize("factory", ["bert_qa", "bert_textpair", "bert_textpair_score"])
def test_the_other_heads_are_complete(factory: str, bert_folder: str) -> None:
    text = make_config([factory], bert_folder, "en", more=exportable_settings([factory], None))
    assert load_model_from_config(Config().from_str(text), auto_fill=False).pipe_names[-1] == factory
