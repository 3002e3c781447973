"""Categories, exclusive and independent: learning, what is set on Docs, gold annotation, labels, thresholds."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from spacy.cli.find_threshold import find_threshold
from spacy.language import Language
from spacy.tokens import DocBin
from thinc.api import Adam

from tests.annotated import BEST, DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import changed, weights_of
from tests.pipeline.pipelines import adamw, encoder_of, head_of, learn, make_initialized, make_nlp

BOTH = ("bert_textcat", "bert_textcat_multilabel")


def with_cats(*cats: dict[str, float]) -> list[tuple[str, dict]]:
    return [(text, {"cats": values}) for text, values in zip(TEXTS, cats)]


def make_textcat(folder: str, factory: str, **config) -> Language:
    nlp = make_nlp(folder, heads=())
    nlp.add_pipe(factory, config=config)
    return nlp


def best(nlp: Language) -> list[str]:
    return [max(doc.cats, key=doc.cats.get) for doc in nlp.pipe(TEXTS)]


# Learning


@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "attention", "pooler"])
@pytest.mark.parametrize("factory", BOTH)
def test_learns_categories_by_heart(bert_folder: str, factory: str, pooling: str) -> None:
    nlp = make_textcat(bert_folder, factory, model={"pooling": pooling})
    nlp.initialize(lambda: make_examples(nlp))
    first = nlp.update(make_examples(nlp), sgd=adamw())[factory]
    assert learn(nlp)[factory] < 0.5 * first
    assert best(nlp) == BEST


@pytest.mark.parametrize("factory", BOTH)
def test_learns_with_thincs_adam(bert_folder: str, factory: str) -> None:
    nlp = make_initialized(bert_folder, (factory,))
    before = weights_of(encoder_of(nlp).shim.module)
    learn(nlp, sgd=Adam(0.005), steps=40)
    assert best(nlp) == BEST
    assert changed(before, encoder_of(nlp).shim.module)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_learns_with_every_kind_of_checkpoint(checkpoints: dict[str, str], kind: str) -> None:
    nlp = make_initialized(checkpoints[kind], BOTH)
    learn(nlp)
    assert best(nlp) == BEST


# What new weights begin with

COUNTED = ({"a": 1.0, "b": 0.0}, {"a": 1.0}, {"a": 0.5, "b": 0.5})


def biases(nlp: Language) -> list[float]:
    return nlp.get_pipe(nlp.pipe_names[-1]).shim.module.output.bias.tolist()


def test_exclusive_categories_begin_as_often_as_they_are_annotated(bert_folder: str) -> None:
    nlp = make_textcat(bert_folder, "bert_textcat")
    nlp.initialize(lambda: make_examples(nlp, with_cats(*COUNTED)))
    # 2.5 Docs are of a, 0.5 of b, and each counts 1 more.
    assert np.exp(biases(nlp)) == pytest.approx([3.5 / 5, 1.5 / 5])


def test_independent_categories_begin_as_often_as_they_hold(bert_folder: str) -> None:
    nlp = make_textcat(bert_folder, "bert_textcat_multilabel")
    nlp.initialize(lambda: make_examples(nlp, with_cats(*COUNTED)))
    # 2.5 for a and 0.5 against it, 0.5 for b and 1.5 against it; one Doc says nothing of b.
    assert np.exp(biases(nlp)) == pytest.approx([3.5 / 1.5, 1.5 / 2.5])


@pytest.mark.parametrize("factory", BOTH)
def test_balanced_categories_begin_alike(bert_folder: str, factory: str) -> None:
    nlp = make_textcat(bert_folder, factory, loss={"class_weights": "balanced"})
    cats = [{"a": 1.0, "b": 0.0, "c": 0.0}] * 998 + [{"a": 0.0, "b": 1.0, "c": 0.0}, {"a": 0.0, "b": 0.0, "c": 1.0}]
    nlp.initialize(lambda: make_examples(nlp, [(TEXTS[0], {"cats": values}) for values in cats]))
    # Weights are of true counts: the two rare ones have 1 of 1,000, and count 1 more.
    a, b, c = biases(nlp)
    expected = a + np.log(2 * 998 / 999) if factory == "bert_textcat" else np.log(2 * 999 / 1000)
    assert [b, c] == pytest.approx([expected] * 2)


@pytest.mark.parametrize("factory", BOTH)
@pytest.mark.parametrize("architecture", ["TextClassifier", "HuggingFaceTextClassifier"])
def test_a_new_category_moves_no_scores(bert_folder: str, factory: str, architecture: str) -> None:
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "bert_encoder"}
    model = {"@architectures": f"spacy-bert-ext.{architecture}.v1", "encoder": listener}
    nlp = make_textcat(bert_folder, factory, model=model)
    nlp.initialize(lambda: make_examples(nlp, with_cats(*COUNTED)))
    before = [nlp(text).cats for text in TEXTS]
    nlp.get_pipe(factory).add_label("c")
    nlp.get_pipe(factory).add_label("d")
    for text, expected in zip(TEXTS, before):
        found = nlp(text).cats
        assert max(found.pop("c"), found.pop("d")) < 0.01
        assert found == pytest.approx(expected, abs=0.01)
    cats = {"a": 0.0, "b": 0.0, "c": 1.0, "d": 0.0}
    learn(nlp, make_examples(nlp, [(TEXTS[0], {"cats": cats})]))
    assert nlp(TEXTS[0]).cats["c"] > 0.9


def test_heads_of_transformers_begin_without_a_prior(bert_folder: str) -> None:
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "bert_encoder"}
    architecture = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1", "encoder": listener}
    ready = make_textcat(bert_folder, "bert_textcat", model=architecture)
    ready.initialize(lambda: make_examples(ready, with_cats(*COUNTED)))
    assert ready.get_pipe("bert_textcat").shim.module.model.classifier.bias.tolist() == [0.0, 0.0]


def test_several_categories_may_hold_at_once(bert_folder: str) -> None:
    data = with_cats({"a": 1, "b": 1, "c": 0}, {"a": 0, "b": 1, "c": 0}, {"a": 0, "b": 0, "c": 0})
    nlp = make_nlp(bert_folder, ("bert_textcat_multilabel",))
    nlp.initialize(lambda: make_examples(nlp, data))
    learn(nlp, make_examples(nlp, data), steps=40)
    found = [{label for label, score in doc.cats.items() if score > 0.5} for doc in nlp.pipe(TEXTS)]
    assert found == [{"a", "b"}, {"b"}, set()]


def test_learns_what_stands_in_the_last_window(bert_folder: str) -> None:
    filler = "the price of gas and the price of cheese " * 8
    data = [(filler + word, {"cats": {"yes": word == "Berlin", "no": word == "Paris"}}) for word in ("Berlin", "Paris")]
    nlp = make_nlp(bert_folder, ("bert_textcat",), window_pieces=16, overlap_pieces=4)
    nlp.initialize(lambda: make_examples(nlp, data))
    learn(nlp, make_examples(nlp, data), steps=150)
    docs = list(nlp.pipe(text for text, _ in data))
    assert encoder_of(nlp).model.predict(docs).windows_per_doc.min() > 4
    assert docs[0].cats["yes"] > 0.5 > docs[1].cats["yes"]


# Annotations


def test_exclusive_scores_add_up_to_one(shared_trained: Language) -> None:
    scores = head_of(shared_trained, "bert_textcat").predict([shared_trained.make_doc(text) for text in [*TEXTS, ""]])
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_independent_scores_lie_between_0_and_1(shared_trained: Language) -> None:
    scores = head_of(shared_trained, "bert_textcat_multilabel").predict(
        [shared_trained.make_doc(text) for text in [*TEXTS, ""]]
    )
    assert ((scores >= 0) & (scores <= 1)).all()
    assert not np.allclose(scores.sum(axis=1), 1)


def test_scores_are_plain_floats_for_every_label(shared_trained: Language) -> None:
    cats = shared_trained(TEXTS[0]).cats
    assert set(cats) == {"news", "sport", "order"}
    assert all(type(score) is float for score in cats.values())


def test_categories_of_other_components_stay(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",))
    doc = nlp.make_doc(TEXTS[0])
    doc.cats = {"mine": 0.25}
    for _, component in nlp.pipeline:
        doc = component(doc)
    assert doc.cats["mine"] == 0.25
    assert set(doc.cats) == {"mine", "news", "sport", "order"}


# Gold annotation


def test_categories_that_are_not_annotated_teach_nothing(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat_multilabel",))
    textcat = head_of(nlp, "bert_textcat_multilabel")
    examples = make_examples(nlp, with_cats({"news": 1.0}, {}, {"order": 0.0}))
    gold = textcat.gold_categories(examples)
    assert [[None if np.isnan(value) else value for value in row] for row in gold.tolist()] == [
        [1.0, None, None],
        [None, None, None],
        [None, 0.0, None],
    ]
    scores, _ = textcat.model.begin_update([eg.predicted for eg in examples])
    (gradient,) = textcat.get_loss(examples, scores).gradients
    assert [[value != 0 for value in row] for row in gradient.tolist()] == [
        [True, False, False],
        [False, False, False],
        [False, True, False],
    ]


@pytest.mark.parametrize("factory", BOTH)
def test_a_batch_without_annotation_changes_nothing(bert_folder: str, factory: str) -> None:
    nlp = make_initialized(bert_folder, (factory,))
    before = weights_of(head_of(nlp, factory).shim.module)
    encoder_before = weights_of(encoder_of(nlp).shim.module)
    assert nlp.update(make_examples(nlp, with_cats({}, {}, {})), sgd=adamw())[factory] == 0.0
    nlp("to complete the step")
    assert not changed(before, head_of(nlp, factory).shim.module)
    assert not changed(encoder_before, encoder_of(nlp).shim.module)


@pytest.mark.parametrize("factory", BOTH)
@pytest.mark.parametrize("value", [1.5, -0.1, float("nan")])
def test_gold_values_must_lie_between_0_and_1(bert_folder: str, factory: str, value: float) -> None:
    nlp = make_initialized(bert_folder, (factory,))
    with raises_code("B027"):
        nlp.update(make_examples(nlp, with_cats({"news": value})), sgd=adamw())
    with raises_code("B027"):
        nlp.initialize(lambda: make_examples(nlp, with_cats({"news": value, "order": 0.0})))


@pytest.mark.parametrize("factory", BOTH)
@pytest.mark.parametrize("kind", [np.float32, np.int64, np.bool_])
def test_gold_values_may_be_those_of_numpy(bert_folder: str, factory: str, kind: type) -> None:
    nlp = make_nlp(bert_folder, (factory,))
    examples = make_examples(nlp, with_cats({"news": 1.0, "sport": 0.0}))
    for eg in examples:
        eg.reference.cats = {label: kind(value) for label, value in eg.reference.cats.items()}
    nlp.initialize(lambda: examples)
    assert nlp.get_pipe(factory).gold_categories(examples).tolist() == [[1.0, 0.0]]


def test_two_exclusive_categories_that_both_hold_are_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    examples = make_examples(nlp, with_cats({"news": 1.0, "sport": 1.0}))
    with raises_code("E895"):
        nlp.initialize(lambda: examples)
    nlp.initialize(lambda: make_examples(nlp))
    with raises_code("E895"):
        nlp.update(examples, sgd=adamw())


def test_gold_categories_that_are_not_labels_are_ignored(trained: Language) -> None:
    examples = make_examples(trained, with_cats({"news": 1.0, "sport": 0.0, "order": 0.0, "weather": 0.0}))
    assert trained.update(examples, sgd=adamw())["bert_textcat"] > 0


def test_an_exclusive_and_a_multilabel_head_learn_different_labels_of_the_same_docs(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat", "bert_textcat_multilabel"))
    examples = make_examples(nlp, with_cats({"news": 1.0, "sport": 0.0, "urgent": 1.0, "long": 1.0}))
    for name, labels in (("bert_textcat", ["news", "sport"]), ("bert_textcat_multilabel", ["urgent", "long"])):
        nlp.config["initialize"]["components"][name] = {"labels": labels}
    nlp.initialize(lambda: examples)
    losses = nlp.update(examples, sgd=adamw())
    assert losses["bert_textcat"] > 0 and losses["bert_textcat_multilabel"] > 0
    assert nlp.get_pipe("bert_textcat").labels == ("news", "sport")


# Labels


@pytest.mark.parametrize("factory", BOTH)
def test_labels_come_from_the_data_in_order_of_the_alphabet(bert_folder: str, factory: str) -> None:
    nlp = make_initialized(bert_folder, (factory,))
    assert head_of(nlp, factory).labels == ("news", "order", "sport")
    assert nlp.pipe_labels[factory] == ["news", "order", "sport"]


@pytest.mark.parametrize("factory", BOTH)
def test_given_labels_replace_those_of_the_data(bert_folder: str, factory: str) -> None:
    nlp = make_nlp(bert_folder, (factory,))
    nlp.config["initialize"]["components"][factory] = {"labels": ["sport", "order", "news", "weather"]}
    nlp.initialize(lambda: make_examples(nlp))
    assert head_of(nlp, factory).labels == ("sport", "order", "news", "weather")
    learn(nlp, steps=30)
    assert best(nlp) == BEST


@pytest.mark.parametrize("factory", BOTH)
def test_labels_can_be_added_at_any_time(bert_folder: str, factory: str) -> None:
    nlp = make_nlp(bert_folder, (factory,))
    textcat = head_of(nlp, factory)
    assert textcat.add_label("weather") == 1
    nlp.initialize(lambda: make_examples(nlp))
    assert textcat.labels == ("weather", "news", "order", "sport")
    docs = [nlp.make_doc(text) for text in TEXTS]
    before = textcat.model.predict(docs)
    assert textcat.add_label("politics") == 1
    after = textcat.model.predict(docs)
    assert after.shape == (len(docs), 5)
    torch.testing.assert_close(after[:, :4], before)


def test_one_exclusive_category_is_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    with raises_code("E867"):
        nlp.initialize(lambda: make_examples(nlp, with_cats({"news": 1.0}, {"news": 0.0})))


def test_one_independent_category_is_fine(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat_multilabel",))
    data = with_cats({"news": 1.0}, {"news": 0.0}, {"news": 0.0})
    nlp.initialize(lambda: make_examples(nlp, data))
    learn(nlp, make_examples(nlp, data))
    assert [doc.cats["news"] > 0.5 for doc in nlp.pipe(TEXTS)] == [True, False, False]


@pytest.mark.parametrize("factory", BOTH)
def test_data_without_categories_is_refused(bert_folder: str, factory: str) -> None:
    nlp = make_nlp(bert_folder, (factory,))
    with raises_code("B024"):
        nlp.initialize(lambda: make_examples(nlp, with_cats({}, {})))


@pytest.mark.parametrize(
    ("positive", "labels", "code"),
    [("weather", ["news", "sport"], "E920"), ("news", ["news", "sport", "order"], "E919")],
)
def test_positive_label_must_be_one_of_two(bert_folder: str, positive: str, labels: list[str], code: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    nlp.config["initialize"]["components"]["bert_textcat"] = {"labels": labels, "positive_label": positive}
    with raises_code(code):
        nlp.initialize(lambda: make_examples(nlp))


def test_a_positive_label_of_independent_categories_is_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat_multilabel",))
    nlp.config["initialize"]["components"]["bert_textcat_multilabel"] = {"positive_label": "news"}
    with raises_code("B151", match="positive_label = 'news'.*initialize.components.bert_textcat_multilabel"):
        nlp.initialize(lambda: make_examples(nlp))


def test_scores_of_the_positive_label_count(bert_folder: str, tmp_path: Path) -> None:
    data = with_cats({"news": 1.0, "other": 0.0}, {"news": 0.0, "other": 1.0}, {"news": 0.0, "other": 1.0})
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    nlp.config["initialize"]["components"]["bert_textcat"] = {"positive_label": "news"}
    nlp.initialize(lambda: make_examples(nlp, data))
    learn(nlp, make_examples(nlp, data))
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert head_of(loaded, "bert_textcat").cfg["positive_label"] == "news"
    scores = loaded.evaluate(make_examples(loaded, data))
    assert scores["cats_score"] == scores["cats_f_per_type"]["news"]["f"] == 1.0
    assert "news" in scores["cats_score_desc"]


# Evaluation


def test_scores_of_evaluation(shared_trained: Language) -> None:
    scores = shared_trained.evaluate(make_examples(shared_trained))
    assert scores["cats_score"] == 1.0
    assert scores["cats_macro_auc"] == 1.0


@pytest.mark.parametrize("factory", BOTH)
def test_categories_without_gold_are_not_counted_as_wrong(bert_folder: str, factory: str) -> None:
    nlp = make_initialized(bert_folder, (factory,))
    learn(nlp, steps=40)
    partly = with_cats({"news": 1.0}, {"sport": 1.0}, {"order": 1.0})
    assert nlp.evaluate(make_examples(nlp, partly))["cats_micro_f"] == 1.0


@pytest.mark.parametrize("factory", BOTH)
def test_default_score_weights(bert_folder: str, factory: str) -> None:
    weights = make_nlp(bert_folder, (factory,)).config["training"]["score_weights"]
    shown = {name: weight for name, weight in weights.items() if weight is not None}
    others = {"cats_macro_f": 0.0, "cats_macro_auc": 0.0} if factory == "bert_textcat_multilabel" else {}
    assert shown == {"cats_score": 1.0, **others}


def test_threshold_decides_what_counts_in_evaluation(bert_folder: str) -> None:
    scores = {}
    for threshold in (0.0, 0.5, 1.0):
        nlp = make_textcat(bert_folder, "bert_textcat_multilabel", threshold=threshold)
        nlp.initialize(partial(make_examples, nlp))
        learn(nlp, steps=40)
        scores[threshold] = nlp.evaluate(make_examples(nlp))
    assert scores[0.0]["cats_micro_r"] == 1.0 and scores[0.0]["cats_micro_p"] == pytest.approx(1 / 3)
    assert scores[0.5]["cats_micro_f"] == 1.0
    assert scores[1.0]["cats_micro_r"] == 0.0


@pytest.mark.parametrize("factory", BOTH)
@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_threshold_out_of_range_is_refused(bert_folder: str, factory: str, threshold: float) -> None:
    with raises_code("B012"):
        make_textcat(bert_folder, factory, threshold=threshold)


def test_spacys_find_threshold_works(trained_folder: Path, shared_trained: Language, tmp_path: Path) -> None:
    docs = [eg.reference for eg in make_examples(shared_trained, DATA)]
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "dev.spacy")
    best_one, score, scores = find_threshold(
        trained_folder,
        tmp_path / "dev.spacy",
        pipe_name="bert_textcat_multilabel",
        threshold_key="threshold",
        scores_key="cats_micro_f",
        n_trials=5,
        silent=True,
    )
    assert score == 1.0 and 0 < best_one < 1
    assert scores[0.0] < 1.0


# Docs without text


NO_TEXT = ["", " ", "\n\n\t ", "\u3000"]


@pytest.mark.parametrize("factory", BOTH)
def test_a_doc_without_text_has_no_category(shared_trained: Language, factory: str) -> None:
    head, labels = head_of(shared_trained, factory), ("news", "sport", "order")
    with shared_trained.select_pipes(enable=["bert_encoder", factory]):
        alone = [shared_trained(text) for text in NO_TEXT]
        mixed = list(shared_trained.pipe([*NO_TEXT, *TEXTS]))
    for doc in [*alone, *mixed[: len(NO_TEXT)]]:
        assert doc.cats == dict.fromkeys(labels, 0.0)
        assert head.categories(doc) == []
    assert [max(doc.cats, key=doc.cats.get) for doc in mixed[len(NO_TEXT) :]] == BEST


@pytest.mark.parametrize("factory", BOTH)
def test_a_threshold_of_0_gives_a_doc_without_text_no_category(bert_folder: str, factory: str) -> None:
    nlp = make_textcat(bert_folder, factory, threshold=0.0)
    nlp.initialize(lambda: make_examples(nlp))
    assert head_of(nlp, factory).categories(nlp("")) == head_of(nlp, factory).categories(nlp(" ")) == []
    assert len(head_of(nlp, factory).categories(nlp(TEXTS[0]))) > 0


@pytest.mark.parametrize("factory", BOTH)
def test_docs_without_text_are_not_learned_from(bert_folder: str, factory: str) -> None:
    """Neither the first biases nor the steps change with them."""
    data = [*DATA, *[(text, {"cats": {"news": 1.0, "sport": 0.0, "order": 0.0}}) for text in NO_TEXT * 5]]
    losses = []
    for used in (DATA, data):
        torch.manual_seed(0)
        nlp = make_textcat(bert_folder, factory, model={"dropout": 0.0})
        nlp.initialize(partial(make_examples, nlp, used))
        bias = head_of(nlp, factory).shim.module.output.bias.tolist()
        scores = head_of(nlp, factory).predict([eg.predicted for eg in make_examples(nlp)])
        losses.append((bias, scores.tolist()))
        only_blank = nlp.update(make_examples(nlp, data[len(DATA) :]), sgd=False)
        assert only_blank[factory] == 0.0
    assert losses[0] == losses[1]


def test_a_doc_without_text_has_no_entities(shared_trained: Language) -> None:
    for text in NO_TEXT:
        assert [token.ent_iob_ for token in shared_trained(text)] == ["O"] * len(shared_trained.make_doc(text))


def test_two_components_with_the_same_labels_are_told(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    nlp.add_pipe("bert_textcat_multilabel", "tags")
    with pytest.warns(
        UserWarning, match=r"\[B166\] 'tags' and 'bert_textcat' have labels in common: news, order, sport"
    ):
        nlp.initialize(lambda: make_examples(nlp))
    nlp.config["initialize"]["components"] = {"tags": {"labels": ["weather"]}}
    nlp.get_pipe("tags").cfg["labels"] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        nlp.initialize(lambda: make_examples(nlp))
