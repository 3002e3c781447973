"""Scores of answers, beside those of transformers."""

import pytest
import spacy
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from spacy_bert_ext.heads.model import head_model
from spacy_bert_ext.heads.question_answerer import QuestionAnswerer, check_answerer, module_of_layer
from spacy_bert_ext.heads.text_classifier import TextClassifier
from spacy_bert_ext.pipeline.questions.asking import ask
from tests.coded import raises_code
from tests.tiny import make_docs, make_encoder

QUESTION, TEXT = "What is the weather like", "The president of Germany met the chancellor of Austria in Berlin"


def make_answerer(folder: str, **settings):
    model = head_model(QuestionAnswerer(dropout=0.5), make_encoder(folder, pieces_from="text", **settings))
    model.initialize()
    return model


@torch.no_grad()
def expected_logits(folder: str, model, question: str, text: str):
    """Of transformers' own model with the head's weights: of each piece of the text, and of the first special one."""
    tokenizer, whole = AutoTokenizer.from_pretrained(folder), AutoModelForQuestionAnswering.from_pretrained(folder)
    if not hasattr(whole, "qa_outputs"):
        pytest.skip(f"{type(whole).__name__} has another head")
    whole.qa_outputs.load_state_dict(model.shims[0].module.output.state_dict())
    inputs = tokenizer(question, text, return_tensors="pt")
    found = whole.eval()(**inputs)
    logits = torch.stack([found.start_logits, found.end_logits], -1)[0]
    return logits[[place == 1 for place in inputs.sequence_ids(0)]], logits[:1]


def test_in_one_window_they_are_those_of_transformers(any_folder):
    model = make_answerer(any_folder)
    pieces, window = expected_logits(any_folder, model, QUESTION, TEXT)
    scores = model.predict(ask([spacy.blank("en").make_doc(TEXT)], [{"Q": QUESTION}]))
    torch.testing.assert_close(scores.pieces, pieces, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(scores.windows, window, atol=1e-5, rtol=1e-4)
    assert scores.names == ("Q",) and scores.tokens_per_pair.tolist() == [11]


def test_several_questions_of_several_texts_in_several_windows(bert_folder):
    model = make_answerer(bert_folder, window_pieces=32, overlap_pieces=8)
    docs = make_docs(TEXT, " ".join([TEXT] * 4), "")
    asked = [{"A": QUESTION, "B": "Who met him"}, {"A": QUESTION}, {"C": QUESTION}]
    together = model.predict(ask(docs, asked))
    assert together.names == ("A", "B", "A", "C") and together.pairs_per_doc.tolist() == [2, 1, 1]
    assert together.windows_per_pair[2] > 1 and together.tokens_per_pair.tolist() == [11, 11, 44, 0]
    assert len(together.pieces) == together.pieces_per_token.sum() == together.pieces_per_window.sum()
    alone = model.predict(ask(docs[1:2], asked[1:2]))
    start = int(together.pieces_per_token[:22].sum())
    torch.testing.assert_close(together.pieces[start:], alone.pieces)
    torch.testing.assert_close(together.windows[2:-1], alone.windows)


def test_dropout_is_for_training(bert_folder):
    model = make_answerer(bert_folder)
    asked = ask(make_docs(TEXT), [{"Q": QUESTION}])
    assert torch.equal(model.predict(asked).pieces, model.predict(asked).pieces)
    scores, backprop = model.begin_update(asked)
    assert not torch.equal(model.begin_update(asked)[0].pieces, scores.pieces)
    backprop(tuple(torch.ones_like(tensor) for tensor in (scores.pieces, scores.windows)))
    assert model.shims[0].module.output.weight.grad.abs().sum() > 0


def test_copies(bert_folder):
    asked = ask(make_docs(TEXT), [{"A": QUESTION, "B": "Who"}]).repeated(2)
    assert asked.names == ("A", "B", "A", "B") and asked.pairs_per_doc.tolist() == [2, 2] and len(asked.texts) == 8


def test_a_module_of_a_trained_layer():
    layer = torch.nn.Linear(4, 2)
    vectors = torch.randn(3, 4)
    assert torch.equal(module_of_layer(layer)(vectors, is_train=False), layer(vectors))


def test_a_model_of_another_kind_is_refused(bert_folder):
    model = head_model(TextClassifier(pooling="first", dropout=0.0), make_encoder(bert_folder))
    with raises_code("B431", match="text_classifier"):
        check_answerer(model)
