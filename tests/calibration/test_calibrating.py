"""`calibrate` on small pipelines: what changes and what does not, what can't be calibrated; the command."""

import warnings

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)
from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.calibration.temperature import LOWEST
from spacy_bert_ext.evaluation.reliability import reliability
from spacy_bert_ext.pipeline.answers import NoAnswerError
from spacy_bert_ext.pipeline.bert_ner import BertNER
from tests.annotated import DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import entities
from tests.pipeline.pipelines import HEADS, head_of, make_initialized

NER, EXCLUSIVE, MULTILABEL, SPANS, *_ = HEADS


# What the trained pipeline predicts is right three times in four.
MIXED = [
    *DATA * 3,
    (
        TEXTS[0],
        {
            "entities": [(0, 13, "ORG"), (22, 34, "PERSON")],
            "spans": {"sc": [(0, 13, "ORG"), (22, 34, "PERSON")]},
            "cats": {"news": 0.0, "sport": 1.0, "order": 0.0},
        },
    ),
    (
        TEXTS[1],
        {
            "entities": [(0, 17, "PERSON")],
            "spans": {"sc": [(0, 17, "PERSON")]},
            "cats": {"news": 0.0, "sport": 0.0, "order": 1.0},
        },
    ),
    (TEXTS[2], {"entities": [], "cats": {"news": 1.0, "sport": 0.0, "order": 0.0}}),
]


def settings(nlp: Language) -> dict:
    return {name: dict(head_of(nlp, name).cfg) for name in HEADS if name in nlp.pipe_names}


# What is fitted


def test_each_head_gets_a_temperature_that_lowers_the_loss(trained: Language) -> None:
    before = list(trained.pipe(TEXTS))
    results = calibrate(trained, make_examples(trained, MIXED))
    after = list(trained.pipe(TEXTS))
    assert [result.name for result in results] == list(HEADS)
    for result in results:
        assert head_of(trained, result.name).cfg["temperature"] == result.temperature > 1
        assert result.loss_after < result.loss_before and result.after.ece < result.before.ece
    n_scored = [int(result.after.counts.sum()) for result in results]
    assert n_scored == [20, 12, 36, 28]  # entities, Docs, pairs of Doc and label, spans
    for one, other in zip(before, after):
        assert entities(one) == entities(other)
        assert max(one.cats, key=one.cats.get) == max(other.cats, key=other.cats.get)
        assert all(a._.score > b._.score for a, b in zip(one.ents, other.ents))


def test_results_are_measured_on_what_the_pipeline_then_predicts(trained: Language) -> None:
    ner, *_ = calibrate(trained, make_examples(trained, MIXED), components=[NER])
    scores, correct = [], []
    for eg in make_examples(trained, MIXED):
        gold = {(span.start, span.end, span.label_) for span in eg.reference.ents}
        for span in trained(eg.predicted).ents:
            scores.append(span._.score)
            correct.append((span.start, span.end, span.label_) in gold)
    expected = reliability(np.array(scores), np.array(correct))
    assert ner.after.counts.tolist() == expected.counts.tolist()
    assert ner.after.ece == pytest.approx(expected.ece, abs=1e-4)
    loss = -np.mean(np.log(np.where(correct, scores, 1 - np.array(scores))))
    assert ner.loss_after == pytest.approx(loss, abs=1e-4)


def test_only_the_named_components_change(trained: Language) -> None:
    before = settings(trained)
    (result,) = calibrate(trained, make_examples(trained, MIXED), components=[EXCLUSIVE])
    assert result.name == EXCLUSIVE
    after = settings(trained)
    assert after.pop(EXCLUSIVE) == {**before.pop(EXCLUSIVE), "temperature": result.temperature}
    assert after == before


def test_calibrating_again_finds_the_same(trained: Language) -> None:
    first = calibrate(trained, make_examples(trained, MIXED))
    second = calibrate(trained, make_examples(trained, MIXED))
    for one, other in zip(first, second):
        assert other.temperature == one.temperature
        assert other.before.ece == other.after.ece == one.after.ece


def test_the_heads_see_what_the_components_before_them_have_done(trained: Language) -> None:
    """The pipeline runs as it would: buffer by buffer, functions and merged tokens included."""
    texts = []

    @Language.component("count_docs_of_calibration")
    def count(doc: Doc) -> Doc:
        texts.append(doc.text)
        return doc

    expected = calibrate(trained, make_examples(trained, MIXED))
    trained.add_pipe("count_docs_of_calibration", before=NER)
    trained.add_pipe("sentencizer", first=True)
    trained.batch_size = 5
    found = calibrate(trained, make_examples(trained, MIXED))
    assert texts == [text for text, _ in MIXED]
    for one, other in zip(expected, found):
        assert one.temperature == pytest.approx(other.temperature, rel=0.02)
        assert one.loss_after == pytest.approx(other.loss_after, abs=1e-3)


def test_where_all_is_right_a_warning_says_that_the_temperature_ran_to_its_end(trained: Language) -> None:
    with pytest.warns(UserWarning, match=r"\[B106\].*of 5 scored items 5 are right"):
        (result,) = calibrate(trained, make_examples(trained), components=[NER])
    assert result.temperature == LOWEST
    assert [entities(doc) for doc in trained.pipe(TEXTS)] == [entities(eg.reference) for eg in make_examples(trained)]


def test_entities_without_annotation_around_them_are_neither_right_nor_wrong(trained: Language) -> None:
    silent = Doc(trained.vocab, words=TEXTS[0].split(), ents=["B-PERSON", "I-PERSON", *[""] * 6])
    assert silent[2].ent_iob == 0
    examples = [*make_examples(trained, MIXED), Example(trained.make_doc(TEXTS[0]), silent)]
    (result,) = calibrate(trained, examples, components=[NER])
    assert result.after.counts.sum() == 20 + 1


def test_a_head_with_too_few_scored_predictions_stays_as_it_is(trained: Language) -> None:
    """A Doc has one best category, and three that hold independently."""
    examples = make_examples(trained, MIXED)
    trained.get_pipe(EXCLUSIVE).cfg["temperature"] = 3.0
    n_docs = len(examples)
    with pytest.warns(
        UserWarning, match=rf"\[B549\].*'{EXCLUSIVE}'.*{n_docs} of its predictions.*asks for {n_docs + 1}"
    ):
        results = calibrate(trained, examples, components=[EXCLUSIVE, MULTILABEL], min_scored=n_docs + 1)
    assert [result.name for result in results] == [MULTILABEL]
    assert trained.get_pipe(EXCLUSIVE).cfg["temperature"] == 3.0
    (result,) = calibrate(trained, examples, components=[EXCLUSIVE], min_scored=n_docs)
    assert result.temperature != 3.0


def test_a_head_without_scored_predictions_stays_if_a_number_is_asked_for(trained: Language) -> None:
    examples = make_examples(trained, [(TEXTS[0], {"entities": [(0, 13, "PERSON")]})])
    with pytest.warns(UserWarning, match=r"\[B549\].* 0 of its predictions"):
        assert calibrate(trained, examples, components=[EXCLUSIVE], min_scored=1) == []


def test_tokens_that_differ_are_aligned(trained: Language) -> None:
    """Gold tokens may be cut finer; an entity is right if it covers the same text."""
    words = ["Ang", "ela", "Merkel", "visited", "Barack", "Obama", "in", "Washington", "."]
    spaces = [False, True, True, True, True, True, True, True, False]
    tags = ["B-PERSON", "I-PERSON", "I-PERSON", "O", "B-PERSON", "I-PERSON", "O", "B-GPE", "O"]
    gold = Doc(trained.vocab, words=words, spaces=spaces, ents=tags)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (result,) = calibrate(trained, [Example(trained.make_doc(gold.text), gold)], components=[NER])
    assert result.after.accuracies[result.after.counts > 0].tolist() == [1.0]
    assert result.after.counts.sum() == 3


def test_partly_annotated_categories(trained: Language) -> None:
    data = [(text, {"cats": {k: v for k, v in a["cats"].items() if v or k == "order"}}) for text, a in MIXED]
    exclusive, multilabel = calibrate(trained, make_examples(trained, data), components=[EXCLUSIVE, MULTILABEL])
    assert exclusive.after.counts.sum() == 12
    assert multilabel.after.counts.sum() == sum(len(a["cats"]) for _, a in data)


def test_one_label_alone_can_be_calibrated(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, (MULTILABEL,))
    data = [(text, {"cats": {"news": float(i % 2)}}) for i, text in enumerate(TEXTS * 2)]
    (result,) = calibrate(nlp, make_examples(nlp, data), thresholds=True, min_positives=1)
    assert result.after.counts.sum() == 6
    assert head_of(nlp, MULTILABEL).cfg["thresholds"].keys() == {"news"}


# Thresholds


def test_scores_before_are_those_of_the_pipeline_as_it_was(trained: Language) -> None:
    cfg = head_of(trained, MULTILABEL).cfg
    cfg.update(temperature=20.0, threshold=0.1, thresholds={"sport": 0.9})
    expected = trained.evaluate(make_examples(trained, MIXED))["cats_f_per_type"]
    (result,) = calibrate(
        trained, make_examples(trained, MIXED), components=[MULTILABEL], thresholds=True, min_positives=1
    )
    assert {one.label: one.f_before for one in result.thresholds} == {
        label: pytest.approx(scores["f"]) for label, scores in expected.items()
    }
    assert len({one.f_before for one in result.thresholds}) > 1


def test_labels_with_few_positives_keep_the_threshold_of_the_component(bert_folder: str) -> None:
    """Of 20 Docs, 10 are news and 9 are sport."""
    nlp = make_initialized(bert_folder, (MULTILABEL,))
    docs = [{"news": float(i % 2), "sport": float(i % 2 and i < 18)} for i in range(20)]
    data = [(TEXTS[i % len(TEXTS)], {"cats": cats}) for i, cats in enumerate(docs)]
    (result,) = calibrate(nlp, make_examples(nlp, data), thresholds=True)
    assert {one.label: one.n_positives for one in result.thresholds} == {"news": 10, "order": 0, "sport": 9}
    sport = next(one for one in result.thresholds if one.label == "sport")
    assert sport.threshold is None and head_of(nlp, MULTILABEL).cfg["thresholds"].keys() == {"news"}
    calibrate(nlp, make_examples(nlp, data), thresholds=True, min_positives=9)
    assert head_of(nlp, MULTILABEL).cfg["thresholds"].keys() == {"news", "sport"}
    with pytest.raises(ValueError, match=r"\[B012\].*min_positives"):
        calibrate(nlp, make_examples(nlp, data), thresholds=True, min_positives=0)


def test_thresholds_are_tuned_on_calibrated_scores(trained: Language) -> None:
    examples = make_examples(trained, [*MIXED, (TEXTS[2], {"cats": {"news": 0.0}})])
    (result,) = calibrate(trained, examples, components=[MULTILABEL], thresholds=True, min_positives=1)
    assert [one.label for one in result.thresholds] == list(head_of(trained, MULTILABEL).labels)
    cfg = head_of(trained, MULTILABEL).cfg
    assert cfg["thresholds"] == {one.label: one.threshold for one in result.thresholds}
    docs = list(trained.pipe([eg.text for eg in examples]))
    for one in result.thresholds:
        gold = [eg.reference.cats.get(one.label) for eg in examples]
        for threshold, expected in ((0.5, one.f_before), (one.threshold, one.f_after)):
            known = [(doc.cats[one.label], value) for doc, value in zip(docs, gold) if value is not None]
            pairs = [(score >= threshold, value > 0) for score, value in known]
            n_right, n_both = sum(a and b for a, b in pairs), sum(a + b for a, b in pairs)
            assert expected == pytest.approx(2 * n_right / n_both)
        assert one.f_after >= one.f_before
    scores = trained.evaluate(make_examples(trained, MIXED))["cats_f_per_type"]
    for one in result.thresholds:
        assert scores[one.label]["f"] == pytest.approx(one.f_after)


def test_a_label_without_positives_keeps_the_threshold(trained: Language) -> None:
    data = [(text, {"cats": {**a["cats"], "order": 0.0}}) for text, a in MIXED]
    (result,) = calibrate(
        trained, make_examples(trained, data), components=[MULTILABEL], thresholds=True, min_positives=1
    )
    assert {one.label: one.threshold is None for one in result.thresholds} == {
        "news": False,
        "sport": False,
        "order": True,
    }
    assert head_of(trained, MULTILABEL).cfg["thresholds"].keys() == {"news", "sport"}


def test_calibrating_without_thresholds_takes_those_away(trained: Language) -> None:
    calibrate(trained, make_examples(trained, MIXED), components=[MULTILABEL], thresholds=True, min_positives=1)
    calibrate(trained, make_examples(trained, MIXED), components=[EXCLUSIVE])
    assert head_of(trained, MULTILABEL).cfg["thresholds"]
    calibrate(trained, make_examples(trained, MIXED), components=[MULTILABEL])
    assert head_of(trained, MULTILABEL).cfg["thresholds"] == {}


# What can't be calibrated


@pytest.mark.parametrize(
    ("data", "settings_", "code"),
    [
        ([(text, {"cats": annotation["cats"]}) for text, annotation in MIXED], {}, "B086"),
        ([(text, {"entities": annotation["entities"]}) for text, annotation in MIXED], {}, "B086"),
        ([(TEXTS[2], DATA[2][1])], {"components": [NER]}, "B086"),  # no entity predicted
        ([], {}, "B095"),
        (MIXED, {"components": ["no_such"]}, "B045"),
        (MIXED, {"components": ["bert_encoder"]}, "B045"),
        (MIXED, {"components": [NER, EXCLUSIVE], "thresholds": True}, "B088"),
    ],
)
def test_nothing_changes_where_something_is_wrong(trained: Language, data: list, settings_: dict, code: str) -> None:
    before = settings(trained)
    with raises_code(code):
        calibrate(trained, make_examples(trained, data), **settings_)
    assert settings(trained) == before


@pytest.mark.parametrize("cfg", [{}, {"threshold": None}, {"threshold": "high", "thresholds": {}}])
def test_a_head_without_a_threshold_is_named(trained: Language, cfg: dict) -> None:
    """Such as one of another package, which answers `annotated_scores` and forgets what goes with it."""
    head = head_of(trained, MULTILABEL)
    for setting in ("threshold", "thresholds"):
        head.cfg.pop(setting)
    head.cfg.update(cfg)
    before = settings(trained)
    with raises_code("B400", match=f"'{MULTILABEL}'.*is {cfg.get('threshold', 'nothing')}"):
        calibrate(trained, make_examples(trained, MIXED), thresholds=True, min_positives=1)
    assert settings(trained) == before


def test_a_head_may_have_no_thresholds_yet(trained: Language) -> None:
    head = head_of(trained, MULTILABEL)
    del head.cfg["thresholds"]
    calibrate(trained, make_examples(trained, MIXED), components=[MULTILABEL], thresholds=True, min_positives=1)
    assert set(head.cfg["thresholds"]) <= set(head.labels)


def test_a_pipeline_without_heads_and_disabled_heads_are_refused(trained: Language) -> None:
    with raises_code("B089"):
        calibrate(spacy.blank("en"), [])
    with trained.select_pipes(disable=[NER]), raises_code("B045"):
        calibrate(trained, make_examples(trained, MIXED), components=[NER])
    with trained.select_pipes(disable=HEADS), raises_code("B089"):
        calibrate(trained, make_examples(trained, MIXED))


def test_heads_that_cannot_tell_are_left_out_unless_they_are_named(
    trained: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(BertNER, "confidence")
    with pytest.warns(UserWarning, match=rf"\[B302\] Not calibrated.*: {NER}\."):
        results = calibrate(trained, make_examples(trained, MIXED))
    assert [result.name for result in results] == [EXCLUSIVE, MULTILABEL, SPANS]
    assert head_of(trained, NER).cfg["temperature"] == 1.0
    with raises_code("B300", NoAnswerError, match=f"'{NER}'.*`confidence`"):
        calibrate(trained, make_examples(trained, MIXED), components=[NER])
