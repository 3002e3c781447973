"""A head that reads pairs: its own pass of the encoder, its part of the shared step, and what Docs are given for it."""

import pytest
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.arrays.ragged import starts_of
from spacy_bert_ext.encoder.model import forward_batches
from spacy_bert_ext.encoder.plan import plan_pairs
from spacy_bert_ext.heads.model import head_model
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.pipeline.reading import given_anew, hand_over, hand_over_all, key_of, user_data_of
from tests.annotated import make_examples
from tests.coded import raises_code
from tests.foreign.matcher import FITS, MatchHead, TitleMatcher, titled
from tests.pipeline.gradients import ORDERS, Recorder, assert_gradients_equal, recorded, switch_off_dropout
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import encoder_of, learn, make_initialized

NAME = "title_matcher"
TITLE = key_of("title")


@pytest.fixture
def alone(bert_folder: str) -> Language:
    return make_initialized(bert_folder, (NAME,))


@pytest.fixture
def joint(bert_folder: str) -> Language:
    nlp = make_initialized(bert_folder, ("bert_ner", NAME))
    switch_off_dropout(nlp)
    return nlp


def docs_of(nlp: Language) -> list[Doc]:
    return [eg.predicted for eg in titled(make_examples(nlp))]


def guesses(docs: list[Doc]) -> list[float]:
    return [user_data_of(doc)["fits"] for doc in docs]


def test_docs_are_not_encoded_for_a_head_that_reads_pairs(alone: Language) -> None:
    with counted_passes() as passes:
        list(alone.pipe(docs_of(alone)))
    assert passes.n == passes.n_readings == 1
    with counted_passes() as passes:
        alone.update(titled(make_examples(alone)))
    assert passes.n == passes.n_readings == 1


def test_another_head_costs_a_pass_of_the_docs(joint: Language) -> None:
    with counted_passes() as passes:
        list(joint.pipe(docs_of(joint)))
    assert (passes.n, passes.n_readings) == (2, 1)
    assert encoder_of(joint).shared.in_flight.n_held == 0
    with counted_passes() as passes:
        joint.update(titled(make_examples(joint)), sgd=Recorder())
    assert (passes.n, passes.n_readings) == (2, 1)


def test_a_stream_gives_what_single_docs_give(joint: Language) -> None:
    found = list(joint.pipe(docs_of(joint)))
    assert guesses(found) == guesses([joint(doc) for doc in docs_of(joint)])


@pytest.mark.parametrize("order", ORDERS)
def test_gradients_of_both_heads_reach_the_encoder(joint: Language, order) -> None:
    """The sum of what each of them gives."""
    examples = titled(make_examples(joint))
    together = recorded(joint, order, examples).of_encoder()
    ner, pairs = (recorded(joint, order, examples, exclude=[other]).of_encoder() for other in (NAME, "bert_ner"))
    names = ner.keys() | pairs.keys()
    assert names == together.keys()
    expected = {name: sum(found[name] for found in (ner, pairs) if name in found) for name in names}
    assert_gradients_equal(together, expected)


@pytest.mark.parametrize("sizes", [(1, 2), (2, 1), (1, 1, 1)])
def test_sub_batches_make_the_step_of_one_batch(joint: Language, sizes: tuple[int, ...]) -> None:
    examples = titled(make_examples(joint))
    expected = recorded(joint, ORDERS[1], examples, exclude=["bert_ner"]).gradients[0]
    parts = [examples[sum(sizes[:i]) : sum(sizes[: i + 1])] for i in range(len(sizes))]
    assert_gradients_equal(recorded(joint, ORDERS[1], *parts, exclude=["bert_ner"]).gradients[0], expected)


def test_an_encoder_of_its_own_gives_the_same(alone: Language) -> None:
    expected = guesses(list(alone.pipe(docs_of(alone))))
    model = head_model(MatchHead(), encoder_of(alone).model)
    own = TitleMatcher(alone.vocab, model, "own", controls=LossControls(), scorer=None)
    own.shim.module = alone.get_pipe(NAME).shim.module
    assert guesses(list(own.pipe(docs_of(alone)))) == expected


def test_it_learns(alone: Language) -> None:
    learn(alone, titled(make_examples(alone)), steps=60)
    assert guesses(list(alone.pipe(docs_of(alone)))) == pytest.approx(list(FITS.values()), abs=0.5)


# What Docs are given


def given_examples(nlp: Language) -> list[Example]:
    """As spaCy's corpus reads them: only the gold Docs have titles."""
    examples = make_examples(nlp)
    for eg, title in zip(examples, FITS):
        user_data_of(eg.reference)[TITLE] = title
    return examples


def test_scoring_hands_over_what_gold_docs_are_given(alone: Language) -> None:
    expected = sum(guesses(list(alone.pipe(docs_of(alone)))))
    assert alone.evaluate(given_examples(alone))["fits"] == pytest.approx(expected, abs=1e-6)


def test_docs_that_have_it_are_not_predicted_again(alone: Language) -> None:
    examples = given_examples(alone)
    assert hand_over_all(alone, examples) == examples
    with counted_passes() as passes:
        alone.evaluate(examples)
    assert passes.n == 1


def test_what_a_doc_has_is_kept(alone: Language) -> None:
    eg = given_examples(alone)[0]
    user_data_of(eg.predicted)[TITLE] = "its own"
    assert not hand_over(eg, ["title"]) and user_data_of(eg.predicted)[TITLE] == "its own"
    assert not hand_over(eg, ["other"])


def test_spacy_transformers_reads_no_pairs(joint: Language) -> None:
    from spacy_bert_ext.interop.transformer_vectors import transformer_vectors

    with raises_code("B421", match="EncoderListener"):
        transformer_vectors("*", 1.0).predict(joint.get_pipe(NAME).reading(docs_of(joint)))


# Explanations: tokens of the Doc are weighed, and what it is given stays as it is


def test_occlusion_takes_tokens_of_the_doc_away(alone: Language) -> None:
    doc, head, encoder = docs_of(alone)[0], alone.get_pipe(NAME), encoder_of(alone)
    found = head.explain(doc, method="occlusion")
    assert found.tokens == tuple(token.text for token in doc)
    pairs, shim = head.reading([doc]), encoder.shim
    pieces = shim.loaded.tokenize(pairs.texts)
    starts = starts_of(pieces.per_token)
    for i, token in enumerate(doc):
        ids, start = pieces.ids.copy(), starts[1 + i]  # a title is one token
        ids[start : start + pieces.per_token[1 + i]] = shim.loaded.checkpoint.tokenizer.mask_token_id
        batches = plan_pairs(shim, pairs.texts, pieces._replace(ids=ids))
        encoded, _ = forward_batches(encoder.model, batches, False)
        without = float(MatchHead().scores(head.shim.module, pairs, encoded, is_train=False))
        assert found.scores[i] == pytest.approx(found.value - without, abs=1e-5), token
    assert found.value == pytest.approx(guesses([alone(doc)])[0], abs=1e-5)


def test_integrated_gradients_add_up(alone: Language) -> None:
    doc = docs_of(alone)[0]
    found = alone.get_pipe(NAME).explain(doc, steps=100)
    assert found.scores.sum() == pytest.approx(found.value - found.baseline_value, abs=1e-4)
    assert abs(found.scores).min() > 0


@pytest.mark.parametrize("method", ["attention", "rollout", "gradient_times_input"])
def test_other_methods_weigh_as_many_tokens(alone: Language, method: str) -> None:
    doc = docs_of(alone)[0]
    assert len(alone.get_pipe(NAME).explain(doc, method=method).scores) == len(doc)


def test_a_new_doc_is_given_the_same(alone: Language) -> None:
    doc = docs_of(alone)[0]
    doc.user_data["other"] = 1
    anew = given_anew(alone, doc)
    assert anew is not doc and anew.text == doc.text
    assert anew.user_data == {key_of("title"): doc.user_data[key_of("title")]}
