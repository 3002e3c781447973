"""Pairs give what `AutoModelForSequenceClassification` gives for `tokenizer(first, second)`, and go there and back."""

import json
from pathlib import Path

import pytest
import torch
from spacy.language import Language
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from spacy_bert_ext import from_pretrained
from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from spacy_bert_ext.encoder.readings import TextPairs
from spacy_bert_ext.pipeline.pairs.given import docs_of_pairs
from tests.checkpoints.classifiers import make_classifier
from tests.coded import raises_code
from tests.pipeline.pairs.paired import PAIRS, paired_docs, paired_examples
from tests.pipeline.pipelines import learn

ARCHITECTURES = ("bert", "roberta", "distilbert", "electra", "deberta-v2", "xlm-roberta")
NAMES = ("contradiction", "entailment", "neutral")
FP32 = {"precision": "fp32", "device": "cpu", "window_pieces": 128}
RAW = [*PAIRS, ("He didn't know that, did he?", "  Don't!\n(e-mail: C++, 3-1...)  You cannot. "), ("London", "東京")]


@torch.no_grad()
def logits_by_transformers(folder: str | Path) -> torch.Tensor:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    return torch.cat([model(**tokenizer(*pair, return_tensors="pt")).logits for pair in RAW])


def logits_of(nlp: Language) -> torch.Tensor:
    texts = docs_of_pairs(RAW)
    return nlp.get_pipe(nlp.pipe_names[-1]).model.predict(TextPairs(texts[::2], texts, cut="longer"))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_are_those_of_transformers(tmp_path, architecture):
    folder = make_classifier(tmp_path / "checkpoint", architecture, "text-classification", NAMES)
    nlp = from_pretrained(folder, pairs=True, encoder=FP32)
    head = nlp.get_pipe("bert_textpair")
    expected = logits_by_transformers(folder)
    torch.testing.assert_close(logits_of(nlp), expected, rtol=1e-4, atol=1e-4)
    assert expected.std(0).min() > 0.01 and head.labels == NAMES
    found = torch.tensor([list(scores.values()) for scores in head.predict_pairs(RAW)])
    torch.testing.assert_close(found, expected.softmax(1), rtol=1e-4, atol=1e-4)
    # Of Docs the same pieces are made.
    docs = list(nlp.pipe(paired_docs(nlp)))
    of_docs = torch.tensor([list(doc.cats.values()) for doc in docs])
    torch.testing.assert_close(of_docs, expected.softmax(1)[: len(docs)], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_a_head_that_was_trained_on_pairs_is_exported(tmp_path, architecture):
    folder = make_classifier(tmp_path / "checkpoint", architecture, "text-classification", NAMES)
    nlp = from_pretrained(folder, pairs=True, encoder=FP32, labels={"entailment": "fits", "contradiction": "fails"})
    learn(nlp, paired_examples(nlp), steps=3)
    export_checkpoint(nlp, "bert_textpair", tmp_path / "exported")
    torch.testing.assert_close(logits_of(nlp), logits_by_transformers(tmp_path / "exported"), rtol=1e-4, atol=1e-4)
    config = json.loads((tmp_path / "exported" / "config.json").read_text())
    assert config["problem_type"] == "single_label_classification"
    assert list(config["id2label"].values()) == ["fails", "fits", "neutral"]
    again = from_pretrained(str(tmp_path / "exported"), pairs=True, encoder=FP32)
    torch.testing.assert_close(logits_of(again), logits_of(nlp))


@pytest.mark.parametrize(
    ("settings", "score_range", "activation"),
    [
        ({}, [0.0, 1.0], "torch.nn.modules.activation.Sigmoid"),
        ({"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}, None, None),
        ({"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}, None, None),
        ({"problem_type": "regression"}, None, None),
    ],
)
def test_cross_encoders_give_numbers(tmp_path, settings, score_range, activation):
    folder = make_classifier(tmp_path / "checkpoint", "bert", "text-classification", ["LABEL_0"], **settings)
    nlp = from_pretrained(folder, pairs=True, encoder=FP32)
    head = nlp.get_pipe("bert_textpair_score")
    expected = logits_by_transformers(folder)[:, 0]
    expected = expected if score_range is None else expected.sigmoid()
    torch.testing.assert_close(torch.tensor(head.predict_pairs(RAW)), expected, rtol=1e-4, atol=1e-4)
    assert nlp.config["components"]["bert_textpair_score"]["score_range"] == score_range
    export_checkpoint(nlp, "bert_textpair_score", tmp_path / "exported")
    torch.testing.assert_close(logits_by_transformers(folder), logits_by_transformers(tmp_path / "exported"))
    config = json.loads((tmp_path / "exported" / "config.json").read_text())
    identity = "torch.nn.modules.linear.Identity"
    assert config["sentence_transformers"]["activation_fn"] == (activation or identity)
    assert config.get("problem_type") == ("regression" if score_range is None else None)
    assert list(config["id2label"].values()) == ["LABEL_0"]
    again = from_pretrained(str(tmp_path / "exported"), pairs=True, encoder=FP32)
    assert again.get_pipe("bert_textpair_score").predict_pairs(RAW) == head.predict_pairs(RAW)


def test_export_tells_of_another_range(tmp_path):
    folder = make_classifier(tmp_path / "checkpoint", "bert", "text-classification", ["LABEL_0"])
    nlp = from_pretrained(folder, pairs=True, encoder=FP32)
    head = nlp.get_pipe("bert_textpair_score")
    head.kind = type(head.kind)(0.0, 5.0)
    with pytest.warns(UserWarning, match=r"B103.*score_range.*\[0.0, 5.0\]"):
        export_checkpoint(nlp, "bert_textpair_score", tmp_path / "exported")


def test_a_number_is_refused_unless_it_is_of_pairs(tmp_path):
    folder = make_classifier(tmp_path / "checkpoint", "bert", "text-classification", ["LABEL_0"])
    with raises_code("B040", match="--pairs"):
        from_pretrained(folder)


def test_tags_are_not_of_pairs(tmp_path):
    folder = make_classifier(tmp_path / "checkpoint", "bert", "token-classification", ["O", "B-PER"])
    with raises_code("B301", match="pairs-token-classification"):
        from_pretrained(folder, pairs=True)
