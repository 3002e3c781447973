"""Tokens that are merged and split between the encoder and its heads, so that there are as many as before."""

from collections.abc import Callable

import numpy as np
import pytest
from spacy.attrs import SPACY
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from tests.annotated import DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import annotations
from tests.pipeline.gradients import Recorder, assert_gradients_equal
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import adamw, encoder_of, head_of
from tests.pipeline.retokenizers import merge_first_two, shift_tokens


def shifted(nlp: Language, text: str) -> Doc:
    return shift_tokens(nlp.make_doc(text))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_entities_are_those_of_the_new_tokens(trained: Language, batch_size: int) -> None:
    ner = head_of(trained, "bert_ner")
    expected = [annotations(ner(shifted(trained, text))) for text in TEXTS]
    assert all(len(shifted(trained, text)) == len(trained.make_doc(text)) for text in TEXTS)
    assert any(one["ents"] for one in expected)
    trained.add_pipe("shift_tokens", after="bert_encoder")
    for name in trained.pipe_names[3:]:
        trained.remove_pipe(name)
    found = list(trained.pipe(TEXTS, batch_size=batch_size))
    assert [annotations(doc) for doc in found] == expected


def test_entities_that_were_predicted_for_other_tokens_are_not_set(trained: Language) -> None:
    ner = head_of(trained, "bert_ner")
    for change in (shift_tokens, merge_first_two):
        expected = [annotations(ner(change(trained.make_doc(text)))) for text in TEXTS]
        docs = [trained.make_doc(text) for text in TEXTS]
        found = ner.predict(docs)
        docs = [change(doc) for doc in docs]
        ner.set_annotations(docs, found)
        assert [annotations(doc) for doc in docs] == expected


def test_the_loss_of_a_prediction_for_other_tokens_is_refused(trained: Language) -> None:
    ner, examples = head_of(trained, "bert_ner"), make_examples(trained)
    found = ner.predict([eg.predicted for eg in examples])
    examples = [Example(shift_tokens(eg.predicted), eg.reference) for eg in examples]
    with raises_code("B113", match="scores of Docs with other tokens"):
        ner.get_loss(examples, found)


def test_heads_before_and_after_share_what_they_can(trained: Language) -> None:
    trained.add_pipe("shift_tokens", after="bert_ner")
    with counted_passes() as passes:
        list(trained.pipe(TEXTS))
    assert passes.n == 2  # both categorizers come after


def test_other_spaces_are_other_tokens(trained: Language) -> None:
    doc = trained.make_doc(TEXTS[0])
    encoder = encoder_of(trained)
    encoder.set_annotations([doc], encoder.predict([doc]))
    doc.from_array([SPACY], 1 - doc.to_array([SPACY]))
    with counted_passes() as passes:
        head_of(trained, "bert_ner").predict([doc])
    assert passes.n == 1


def test_vectors_for_other_tokens_are_not_set(trained: Language) -> None:
    encoder = encoder_of(trained)
    encoder.keep = "tokens"
    expected = shifted(trained, TEXTS[0])
    encoder.set_annotations([expected], encoder.predict([expected]))
    doc = trained.make_doc(TEXTS[0])
    encoded = encoder.predict([doc])
    encoder.set_annotations([shift_tokens(doc)], encoded)
    np.testing.assert_allclose(doc._.bert.token_vectors, expected._.bert.token_vectors, rtol=1e-5, atol=1e-6)


# Training


def gradients(nlp: Language, examples: list[Example], sgd: Recorder | bool, **options) -> Recorder:
    recorder = Recorder()
    nlp.update(examples, sgd=recorder if sgd else False, **options)
    if not sgd:
        for _, pipe in nlp.pipeline:
            if hasattr(pipe, "finish_update"):
                pipe.finish_update(recorder)
    encoder_of(nlp).shared.complete_step()  # which may wait for a head that was left out
    return recorder


def shifted_examples(nlp: Language) -> list[Example]:
    return [Example(shifted(nlp, eg.text), eg.reference) for eg in make_examples(nlp, DATA)]


@pytest.mark.parametrize("sgd", [True, False])
@pytest.mark.parametrize("place", ["bert_encoder", "bert_ner"])
def test_the_encoder_learns_from_the_new_tokens(two_heads: Language, place: str, sgd: bool) -> None:
    """An annotating component changes the tokens before both heads, or between them."""
    before = ["bert_textcat"] if place == "bert_encoder" else []
    of_new = gradients(two_heads, shifted_examples(two_heads), sgd, exclude=before)
    two_heads.add_pipe("shift_tokens", after=place)
    found = gradients(two_heads, make_examples(two_heads), sgd, annotates=["shift_tokens"], exclude=before)
    if place == "bert_encoder":
        assert_gradients_equal(found.of_encoder(), of_new.of_encoder())
        return
    of_ner = gradients(two_heads, make_examples(two_heads), sgd, exclude=["bert_textcat"])
    of_textcat = gradients(two_heads, shifted_examples(two_heads), sgd, exclude=["bert_ner"])
    expected = {name: of_ner.of_encoder()[name] + of_textcat.of_encoder()[name] for name in of_ner.of_encoder()}
    assert_gradients_equal(found.of_encoder(), expected)


def test_learning_goes_on_when_tokens_change_in_each_step(two_heads: Language) -> None:
    two_heads.add_pipe("shift_tokens", after="bert_encoder")
    optimizer: Callable = adamw()
    losses = [
        two_heads.update(make_examples(two_heads), sgd=optimizer, annotates=["shift_tokens"])["bert_ner"]
        for _ in range(30)
    ]
    assert losses[-1] < losses[0] / 4
