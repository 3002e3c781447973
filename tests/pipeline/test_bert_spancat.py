"""Overlapping spans: learning, what is set on Docs, what is done with gold annotation, labels, calibration."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.pipeline.bert_spancat import BertSpanCategorizer
from tests.coded import raises_code
from tests.pipeline.pipelines import adamw, head_of, learn, make_nlp

TEXTS = {
    "Angela Merkel visited the city of New York": [
        (0, 2, "PERSON"),
        (0, 2, "POLITICIAN"),
        (3, 8, "PLACE"),
        (6, 8, "PLACE"),
    ],
    "Manchester United lost 3 - 1 against Real Madrid": [
        (0, 2, "TEAM"),
        (0, 1, "PLACE"),
        (7, 9, "TEAM"),
        (8, 9, "PLACE"),
    ],
    "order two pizzas please": [],
}
LABELS = ("PERSON", "PLACE", "POLITICIAN", "TEAM")
BOTH = ("bert_spancat", "bert_spancat_singlelabel")
NGRAMS = {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 1, "max_size": 5}


def make_examples(nlp: Language, *, exclusive: bool = False, key: str = "sc") -> list[Example]:
    examples = []
    for text, spans in TEXTS.items():
        gold = nlp.make_doc(text)
        kept = [span for span in spans if not (exclusive and span[2] == "POLITICIAN")]
        gold.spans[key] = [Span(gold, start, end, label=label) for start, end, label in kept]
        examples.append(Example(nlp.make_doc(text), gold))
    return examples


def make_spancat(folder: str, factory: str = "bert_spancat", *, initialize: bool = True, **config) -> Language:
    nlp = make_nlp(folder, heads=())
    nlp.add_pipe(factory, config=config)
    if initialize:
        key, exclusive = config.get("spans_key", "sc"), factory == "bert_spancat_singlelabel"
        nlp.initialize(lambda: make_examples(nlp, exclusive=exclusive, key=key))
    return nlp


def spancat_of(nlp: Language, factory: str = "bert_spancat") -> BertSpanCategorizer:
    return head_of(nlp, factory)


def listed(doc: Doc, key: str = "sc") -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label_) for span in doc.spans[key]]


@pytest.fixture(scope="module")
def spancat(bert_folder: str) -> Language:
    """Initialized, not trained. Not to be changed."""
    return make_spancat(bert_folder)


@pytest.fixture(scope="module")
def trained(bert_folder: str) -> Language:
    nlp = make_spancat(bert_folder)
    learn(nlp, make_examples(nlp), steps=60)
    return nlp


# Learning


@pytest.mark.parametrize("config", [{}, {"suggester": NGRAMS}])
def test_learns_overlapping_spans_by_heart(bert_folder: str, config: dict) -> None:
    nlp = make_spancat(bert_folder, **config)
    examples = make_examples(nlp)
    first = nlp.update(examples, sgd=adamw())["bert_spancat"]
    assert learn(nlp, examples, steps=60)["bert_spancat"] < 0.3 * first
    assert [sorted(listed(nlp(text))) for text in TEXTS] == [sorted(spans) for spans in TEXTS.values()]


@pytest.mark.parametrize("config", [{}, {"suggester": NGRAMS}, {"allow_overlap": False}])
def test_learns_spans_with_one_label_by_heart(bert_folder: str, config: dict) -> None:
    nlp = make_nlp(bert_folder, heads=())
    nlp.add_pipe("bert_spancat_singlelabel", config=config)
    examples = make_examples(nlp, exclusive=True)
    if not config.get("allow_overlap", True):
        for eg in examples:
            eg.reference.spans["sc"] = [
                span for span in eg.reference.spans["sc"] if span.label_ != "PLACE" or span.start == 3
            ]
    nlp.initialize(lambda: examples)
    learn(nlp, examples, steps=60)
    assert [sorted(listed(nlp(eg.text))) for eg in examples] == [sorted(listed(eg.reference)) for eg in examples]


def test_docs_without_the_key_are_not_annotated(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    examples = make_examples(nlp, key="other")
    assert nlp.update(examples, sgd=adamw())["bert_spancat"] == 0
    assert not spancat_of(nlp).is_annotated(examples[2].reference)
    assert spancat_of(nlp).is_annotated(make_examples(nlp)[2].reference)


def test_no_gold_is_refused(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, initialize=False)
    with raises_code(
        "B024", match=r"""spans in `doc.spans\["sc"\]`; the Docs have `doc.spans\["other"\]`, which `spans_key`"""
    ):
        nlp.initialize(lambda: make_examples(nlp, key="other"))
    with raises_code("B024", match=r"""\(spans in `doc.spans\["sc"\]`\)"""):
        nlp.initialize(lambda: make_examples(nlp)[2:])


def test_an_unknown_gold_label_is_refused(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, initialize=False)
    spancat_of(nlp).add_label("TEAM")
    nlp.initialize(lambda: make_examples(nlp)[2:])
    with raises_code("B384", match="'PERSON'"):
        nlp.update(make_examples(nlp), sgd=adamw())


def test_gold_that_is_not_exclusive_is_refused(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, "bert_spancat_singlelabel")
    spancat_of(nlp, "bert_spancat_singlelabel").add_label("POLITICIAN")
    with raises_code("B385", match="Angela Merkel"):
        nlp.update(make_examples(nlp), sgd=adamw())


def test_what_can_not_be_found_is_told(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, initialize=False, suggester={"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2]})
    with pytest.warns(UserWarning, match=r"B388\] 1 of 8 gold spans are not among .* 'the city of New York'"):
        nlp.initialize(lambda: make_examples(nlp))


def test_a_suggester_may_read_what_components_before_it_annotate(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, heads=())
    ruler = nlp.add_pipe("span_ruler", config={"spans_key": "found"})
    found = {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": "found"}
    nlp.add_pipe("bert_spancat", config={"suggester": found})
    with pytest.warns(
        UserWarning, match=r"\[B418\] Gold spans of 'bert_spancat' were not compared .*KeyError: 'found'"
    ):
        nlp.initialize(lambda: make_examples(nlp))
    ruler.add_patterns([{"label": "SPAN", "pattern": text} for text in ("New York", "Angela Merkel", "Real Madrid")])
    sgd = adamw()
    for _ in range(40):
        nlp.update(make_examples(nlp), sgd=sgd, annotates=["span_ruler"])
    spans = [(0, 2, "PERSON"), (0, 2, "POLITICIAN"), (6, 8, "PLACE")]
    assert sorted(listed(nlp(next(iter(TEXTS))))) == spans
    with nlp.select_pipes(disable="span_ruler"), raises_code("B389", match="KeyError: 'found'"):
        nlp("New York")


def test_spans_that_end_in_white_space_are_told(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, initialize=False)
    gold = nlp.make_doc("Angela Merkel  visited")
    gold.spans["sc"] = [Span(gold, 0, 3, label="PERSON"), Span(gold, 0, 2, label="PERSON"), Span(gold, 1, 1, label="X")]
    with pytest.warns(UserWarning, match=r"\[B419\] 1 of 3 gold spans of 'bert_spancat' .* 'Angela Merkel  '"):
        nlp.initialize(lambda: [Example(nlp.make_doc(gold.text), gold)])


def test_spans_within_tokens_are_told(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, initialize=False)
    gold = Doc(nlp.vocab, words=["New", "Yor", "k"], spaces=[True, False, False])
    gold.spans["sc"] = [Span(gold, 0, 2, label="X"), Span(gold, 0, 3, label="X")]
    with pytest.warns(UserWarning, match=r"B387\] 1 of 2 gold spans of 'bert_spancat' .* 'New Yor'"):
        nlp.initialize(lambda: [Example(nlp.make_doc("New York"), gold)])


def test_new_weights_know_how_rare_spans_are(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    module = spancat_of(nlp).shim.module
    n_tokens = 8 + 9 + 4
    n_short = sum(max(n - size + 1, 0) for n in (8, 9, 4) for size in range(1, 9))
    # Spans begin on 3 and 3 tokens of the first two texts, and end on 2 and 3; the third text has none.
    expected = [np.log((n + 1) / (n_tokens - n + 1)) for n in (3 + 3, 2 + 3)]
    assert module.bounds.bias.tolist() == pytest.approx(expected)
    counts = np.array([1, 4, 1, 2])
    assert module.output.bias.tolist() == pytest.approx(np.log((counts + 1) / (n_short - counts + 1)).tolist())


def test_longer_spans_than_in_training_are_found(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    assert spancat_of(nlp).longest_tokens == 2 * 5
    assert spancat_of(make_spancat(bert_folder, max_span_tokens=7)).longest_tokens == 7


@pytest.mark.parametrize("factory", BOTH)
@pytest.mark.parametrize("weights", ["balanced", {"TEAM": 3.0}])
def test_classes_are_weighed(bert_folder: str, factory: str, weights: object) -> None:
    nlp = make_spancat(bert_folder, factory, loss={"class_weights": weights})
    pipe = spancat_of(nlp, factory)
    found = dict(zip(pipe.loss_classes(pipe.labels), pipe.class_weights()))
    assert ("O" in found) == (factory != "bert_spancat")
    assert found["TEAM"] > 1
    assert learn(nlp, make_examples(nlp, exclusive=pipe.exclusive), steps=2)[factory] > 0


def test_a_loss_is_asked_for_what_was_predicted(spancat: Language) -> None:
    pipe, examples = spancat_of(spancat), make_examples(spancat)
    docs = [eg.predicted for eg in examples]
    predicted = pipe.predict(docs)
    assert pipe.get_loss(examples, predicted).value == pipe.get_loss(examples, predicted.span_scores).value > 0
    with raises_code("B113", match="Found: list"):
        pipe.get_loss(examples, [])
    with raises_code("B113", match="other tokens"):
        pipe.get_loss(examples[1:], predicted)


# Prediction


def test_scores_stand_with_the_spans(trained: Language) -> None:
    doc = trained(next(iter(TEXTS)))
    group = doc.spans["sc"]
    assert isinstance(group, SpanGroup) and len(group) == 4
    assert group.attrs["scores"].tolist() == [span._.score for span in group]
    assert all(0.5 <= span._.score <= 1 for span in group)


def test_docs_have_the_same_spans_alone_and_together(trained: Language) -> None:
    texts = [*TEXTS, "", "   ", *TEXTS]
    together = list(trained.pipe(texts))
    for text, doc in zip(texts, together):
        alone = trained(text)
        assert listed(doc) == listed(alone)
        np.testing.assert_allclose(doc.spans["sc"].attrs["scores"], alone.spans["sc"].attrs["scores"], atol=1e-5)


def test_a_long_doc_in_parts_has_the_spans_of_its_sentences(trained: Language) -> None:
    sentence = next(iter(TEXTS))
    doc = trained(" ".join([sentence] * 300))
    assert len(doc.spans["sc"]) > 300
    assert all(span.end <= len(doc) for span in doc.spans["sc"])


def test_merged_tokens_are_predicted_anew(trained: Language) -> None:
    pipe = spancat_of(trained)
    doc = trained.make_doc(next(iter(TEXTS)))
    predicted = pipe.predict([doc])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    pipe.set_annotations([doc], predicted)
    assert all(span.end <= len(doc) for span in doc.spans["sc"])


def test_thresholds_and_numbers_of_labels(trained: Language) -> None:
    text = next(iter(TEXTS))
    raw = spancat_of(trained).raw_scores([trained.make_doc(text)])
    pipe = spancat_of(pickle.loads(pickle.dumps(trained)))
    pipe.cfg["thresholds"] = {"PERSON": 1.0}
    found = {pipe.labels[label] for label in pipe.decode(raw).label.tolist()}
    assert found == {"PLACE", "POLITICIAN"}
    pipe.cfg["threshold"] = 0.0
    pipe.cfg["thresholds"] = {}
    everything = pipe.decode(raw)
    pipe.kind.max_positive = 1
    assert len(pipe.decode(raw).first) * 4 == len(everything.first)


def test_scores_that_are_no_numbers_are_refused(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    for name in ("bounds", "output"):
        pipe = spancat_of(pickle.loads(pickle.dumps(nlp)))
        raw = pipe.raw_scores([nlp.make_doc("a b")])
        broken = {"bounds": raw.bounds, "output": raw.bias}[name]
        with torch.no_grad():
            broken.fill_(torch.nan)
        pipe.finder_threshold = 0.0
        with raises_code("B154"):
            pipe.decode(raw)


@pytest.mark.parametrize(
    ("config", "match"),
    [
        ({"threshold": 2.0}, "threshold"),
        ({"finder_threshold": -1.0}, "finder_threshold"),
        ({"max_span_tokens": 0}, "max_span_tokens"),
        ({"max_positive": 0}, "max_positive"),
        ({"model": {"@architectures": "spacy-bert-ext.SpanClassifier.v1", "hidden": 0}}, "hidden"),
        ({"suggester": {"@misc": "spacy.no_such_suggester.v1"}}, "no_such_suggester"),
    ],
)
def test_wrong_settings_are_refused(bert_folder: str, config: dict, match: str) -> None:
    if "model" in config:
        config["model"]["encoder"] = {"@architectures": "spacy-bert-ext.EncoderListener.v1"}
    with pytest.raises(ValueError, match=match):
        make_spancat(bert_folder, initialize=False, **config)


def test_the_finders_threshold_may_be_set_at_any_time(bert_folder: str) -> None:
    pipe = spancat_of(make_spancat(bert_folder, initialize=False))
    pipe.finder_threshold = 0.3
    assert pipe.finder_threshold == 0.3
    with raises_code("B012", match="finder_threshold = 30"):
        pipe.finder_threshold = 30


def test_a_model_of_other_scores_is_refused(bert_folder: str) -> None:
    model = {
        "@architectures": "spacy-bert-ext.TextClassifier.v1",
        "encoder": {"@architectures": "spacy-bert-ext.EncoderListener.v1"},
    }
    with raises_code("B383"):
        make_spancat(bert_folder, initialize=False, model=model)


# Labels, files, answers


@pytest.mark.parametrize("factory", BOTH)
def test_a_new_label_leaves_scores_of_others(bert_folder: str, factory: str) -> None:
    nlp = make_spancat(bert_folder, factory)
    pipe, docs = spancat_of(nlp, factory), [nlp.make_doc(text) for text in TEXTS]
    pipe.cfg["threshold"], pipe.finder_threshold = 0.0, 0.0
    before = pipe.predict(docs)
    assert pipe.add_label("NEW") == 1 and pipe.labels[-1] == "NEW"
    after = pipe.predict(docs)
    kept = after.label < len(pipe.labels) - 1
    np.testing.assert_allclose(after.score[kept], before.score, atol=0.01)


@pytest.mark.parametrize("factory", BOTH)
def test_a_saved_pipeline_predicts_the_same(bert_folder: str, factory: str, tmp_path: Path) -> None:
    nlp = make_spancat(bert_folder, factory, suggester=NGRAMS, spans_key="mine")
    spancat_of(nlp, factory).cfg["threshold"] = 0.0
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    for text in TEXTS:
        one, other = nlp(text), again(text)
        assert listed(one, "mine") == listed(other, "mine")
        assert one.spans["mine"].attrs["scores"].tolist() == other.spans["mine"].attrs["scores"].tolist()


def test_calibration_keeps_what_is_predicted_by_half(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    learn(nlp, make_examples(nlp), steps=12)
    before = [listed(nlp(text)) for text in TEXTS]
    (found,) = calibrate(nlp, make_examples(nlp))
    assert found.temperature != 1.0 and found.loss_after <= found.loss_before
    assert [listed(nlp(text)) for text in TEXTS] == before


@pytest.mark.parametrize("factory", BOTH)
def test_thresholds_are_tuned_by_label(bert_folder: str, factory: str) -> None:
    nlp = make_spancat(bert_folder, factory)
    pipe = spancat_of(nlp, factory)
    learn(nlp, make_examples(nlp, exclusive=pipe.exclusive), steps=12)
    (found,) = calibrate(nlp, make_examples(nlp, exclusive=pipe.exclusive), thresholds=True, min_positives=1)
    assert all(one.f_after >= one.f_before for one in found.thresholds)
    assert pipe.cfg["thresholds"].keys() <= set(pipe.labels)


def test_what_is_annotated_is_summarized(spancat: Language) -> None:
    summary = spancat_of(spancat).summarize_gold(make_examples(spancat))
    assert summary.counts == {"PERSON": 1, "POLITICIAN": 1, "PLACE": 4, "TEAM": 2} and not summary.faults


def test_spans_are_scored_as_those_of_spacys_spancat(trained: Language) -> None:
    scores = trained.evaluate(make_examples(trained))
    assert scores["spans_sc_f"] == scores["spans_sc_p"] == 1.0
    assert set(scores["spans_sc_per_type"]) == set(LABELS)
