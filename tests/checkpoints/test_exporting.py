"""Checkpoints given back: transformers' own code finds what the pipeline finds."""

import shutil
import warnings
from dataclasses import replace
from itertools import product

import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Span
from spacy.training import Example
from transformers import pipeline

import spacy_bert_ext.cli  # noqa: F401  adds the commands
from spacy_bert_ext import from_pretrained
from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.checkpoints.classifiers import ARCHITECTURES, AUTO, CATEGORIES, TAGS, make_classifier
from tests.checkpoints.test_importing import FP32, TEXTS, edit, logits_by_transformers
from tests.coded import raises_code
from tests.pipeline.pipelines import encoder_of

NAMES = {"token-classification": TAGS, "text-classification": CATEGORIES}


@pytest.mark.parametrize("architecture, task", [*product(ARCHITECTURES, AUTO), ("longformer", "token-classification")])
def test_what_was_imported_and_trained_is_given_back(architecture, task, tmp_path):
    folder = make_classifier(tmp_path / "before", architecture, task, NAMES[task])
    nlp = from_pretrained(folder, encoder=FP32)
    gold = {"entities": [(17, 24, "LOC")], "cats": {"positive": 1.0, "neutral": 0.0, "negative": 0.0}}
    nlp.update([Example.from_dict(nlp.make_doc(TEXTS[0]), gold)], sgd=nlp.resume_training())
    export_checkpoint(nlp, nlp.pipe_names[-1], tmp_path / "after")
    docs = [nlp.make_doc(text) for text in TEXTS]
    scores = nlp.get_pipe(nlp.pipe_names[-1]).model.predict(docs)
    found = scores.logits if task == "token-classification" else scores
    expected = logits_by_transformers(str(tmp_path / "after"), task, docs)
    join = torch.cat if task == "token-classification" else torch.stack
    torch.testing.assert_close(found, join(expected), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(join(expected), join(logits_by_transformers(folder, task, docs)), atol=1e-3)
    model = AUTO[task].from_pretrained(tmp_path / "after")
    assert list(model.config.id2label.values()) == list(NAMES[task])
    assert type(model).__name__ == model.config.architectures[0]


GOLD = (
    ("Angela Merkel met the president in Berlin", [(0, 13, "PER"), (35, 41, "LOC")]),
    ("London is not Paris", [(0, 6, "LOC"), (14, 19, "LOC")]),
    ("the price of gas in New York", [(20, 28, "LOC")]),
)


LISTENER = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "*"}


def trained(folder: str, factory: str, config: dict, *, steps: int = 30, **encoder) -> Language:
    """A pipeline that has learned a few texts by heart."""
    nlp = spacy.blank("en")
    settings = {"name": folder, "window_pieces": 64, "overlap_pieces": 0, "precision": "fp32", "device": "cpu"}
    nlp.add_pipe("bert_encoder", config={"model": {**settings, **encoder}})
    nlp.add_pipe(factory, config=config)
    cats = ({"news": 1.0, "sport": 0.0}, {"news": 0.0, "sport": 1.0}, {"news": 0.0, "sport": 1.0})
    gold = [{"entities": entities, "cats": these} for (_, entities), these in zip(GOLD, cats)]
    examples = [Example.from_dict(nlp.make_doc(text), one) for (text, _), one in zip(GOLD, gold)]
    sgd = nlp.initialize(lambda: examples, sgd=create_adamw_v1(encoder_learn_rate=1e-3, head_learn_rate=1e-2))
    for _ in range(steps):
        nlp.update(examples, sgd=sgd)
    return nlp


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
@pytest.mark.parametrize("architecture", ["TokenClassifier", "HuggingFaceTokenClassifier"])
def test_transformers_finds_the_same_entities(checkpoints, kind, architecture, tmp_path):
    model = {"@architectures": f"spacy-bert-ext.{architecture}.v1", "encoder": LISTENER}
    nlp = trained(checkpoints[kind], "bert_ner", {"decoder": "greedy", "scheme": "BIO", "model": model})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_checkpoint(nlp, "bert_ner", tmp_path / "out")
    tag = pipeline("token-classification", str(tmp_path / "out"), aggregation_strategy="first", device="cpu")
    for text, entities in GOLD:
        doc = nlp(text)
        ours = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
        assert ours == entities
        theirs = tag(text)
        assert [(one["start"], one["end"], one["entity_group"]) for one in theirs] == ours
        assert [one["score"] for one in theirs] == pytest.approx([mean_score(nlp, ent) for ent in doc.ents], abs=1e-4)


@pytest.mark.parametrize("kind, window_pooling", [("bert", "first"), ("roberta", "first"), ("modernbert", "mean")])
@pytest.mark.parametrize("factory", ["bert_textcat", "bert_textcat_multilabel"])
def test_transformers_finds_the_same_categories(checkpoints, kind, window_pooling, factory, tmp_path):
    folder = shutil.copytree(checkpoints[kind], tmp_path / "encoder")
    edit(folder / "config.json", classifier_pooling="mean")
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1", "encoder": LISTENER}
    nlp = trained(str(folder), factory, {"model": model}, window_pooling=window_pooling, pieces_from="text")
    export_checkpoint(nlp, factory, tmp_path / "out")
    classify = pipeline("text-classification", str(tmp_path / "out"), top_k=None, device="cpu")
    for text in [text for text, _ in GOLD] + ["He didn't know (why?), you cannot."]:
        found = {one["label"]: one["score"] for one in classify([text])[0]}
        assert nlp(text).cats == pytest.approx(found, abs=1e-4)
    assert [nlp(text).cats["news"] > 0.5 for text, _ in GOLD] == [True, False, False]


def test_a_head_must_read_what_the_encoder_hands_out(checkpoints, tmp_path):
    folder = shutil.copytree(checkpoints["modernbert"], tmp_path / "encoder")
    edit(folder / "config.json", classifier_pooling="mean")
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1", "encoder": LISTENER}
    with raises_code("B039"):
        trained(str(folder), "bert_textcat", {"model": model})


def test_what_transformers_would_do_otherwise_is_told(bert_folder, tmp_path):
    nlp = trained(bert_folder, "bert_ner", {"decoder": "crf", "min_score": 0.1, "model": {"pooling": "mean"}}, steps=1)
    settings = encoder_of(nlp).shim.settings
    encoder_of(nlp).shim.settings = replace(settings, context_pieces=8)
    with pytest.warns(UserWarning, match="B103") as caught:
        export_checkpoint(nlp, "bert_ner", tmp_path / "out")
    found = {warning.message.args[0].split("`")[1] for warning in caught if "B103" in str(warning.message)}
    assert found == {"context_pieces", "decoder", "min_score", "pooling", "scheme"}
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1", "encoder": LISTENER}
    nlp = trained(bert_folder, "bert_textcat", {"model": model}, steps=1)
    with pytest.warns(UserWarning, match="B103.*`pieces_from` is 'tokens'"):
        export_checkpoint(nlp, "bert_textcat", tmp_path / "categories")


def test_heads_that_transformers_has_no_form_for_are_refused(checkpoints, tmp_path):
    nlp = trained(checkpoints["bert"], "bert_textcat", {}, steps=1)
    with raises_code("B046"):
        export_checkpoint(nlp, "bert_textcat", tmp_path / "out")
    nlp = trained(checkpoints["modernbert"], "bert_ner", {"decoder": "greedy"}, steps=1)
    with raises_code("B046"):
        export_checkpoint(nlp, "bert_ner", tmp_path / "out")
    with raises_code("B045") as caught:
        export_checkpoint(nlp, "bert_encoder", tmp_path / "out")
    assert "It has: bert_ner" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_exporting_prints_nothing(checkpoints, tmp_path, capfd):
    nlp = trained(checkpoints["bert"], "bert_ner", {"decoder": "greedy", "scheme": "BIO"}, steps=1)
    capfd.readouterr()
    export_checkpoint(nlp, "bert_ner", tmp_path / "exported")
    assert capfd.readouterr() == ("", "")  # transformers 5 has a bar for it


def test_nothing_is_overwritten(checkpoints, tmp_path):
    nlp = trained(checkpoints["bert"], "bert_ner", {"decoder": "greedy", "scheme": "BIO"}, steps=1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    for force in (False, True):
        with raises_code("B032"):
            export_checkpoint(nlp, "bert_ner", tmp_path / "out", force=force)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_a_checkpoint_is_replaced_if_asked_but_not_with_what_else_is_there(checkpoints, tmp_path):
    nlp = trained(checkpoints["bert"], "bert_ner", {"decoder": "greedy", "scheme": "BIO"}, steps=1)
    out = tmp_path / "out"
    export_checkpoint(nlp, "bert_ner", out)
    with raises_code("B550"):
        export_checkpoint(nlp, "bert_ner", out)
    (out / "added_tokens.json").write_text("{}")  # of another tokenizer
    export_checkpoint(nlp, "bert_ner", out, force=True)
    assert (out / "model.safetensors").exists() and not (out / "added_tokens.json").exists()
    (out / "notes.txt").write_text("mine")
    with raises_code("B551"):
        export_checkpoint(nlp, "bert_ner", out, force=True)
    assert (out / "notes.txt").read_text() == "mine"


def mean_score(nlp: Language, ent: Span) -> float:
    """As transformers scores an entity: the mean of its tokens' best tags."""
    probabilities = nlp.get_pipe("bert_ner").model.predict([ent.doc]).logits.softmax(1).amax(1)
    return float(probabilities[ent.start : ent.end].mean())
