import json

import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.evaluation.report import evaluate
from tests.annotated import DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.evaluation.annotated import set_group
from tests.evaluation.reports import guessing, wild_examples, wild_report
from tests.pipeline.pipelines import learn, make_initialized

OTHER = [
    ("Angela Merkel visited the team of Real Madrid", {"entities": [(0, 13, "ORG"), (34, 45, "ORG")]}),
    ("Barack Obama lost against Manchester", {"entities": [(0, 12, "PERSON"), (26, 36, "GPE")]}),
    ("order cheese", {"cats": {"news": 0.0, "sport": 0.0, "order": 1.0}}),
]


@pytest.fixture(scope="module")
def nlp(bert_folder: str) -> spacy.language.Language:
    nlp = make_initialized(bert_folder)
    learn(nlp, steps=12)
    return nlp


def test_scores_are_those_of_spacy_evaluate(nlp: spacy.language.Language) -> None:
    cats = {"news": 0.0, "sport": 1.0, "order": 0.0}
    others = [(text, {"cats": cats, **gold}) for text, gold in OTHER]
    examples = make_examples(nlp, [*DATA, *others])
    expected = nlp.evaluate(examples, per_component=True)
    found = evaluate(nlp, examples).scores
    ents = found["entities"]
    assert 0 < ents["micro"]["f"] < 1
    assert [ents["micro"][name] for name in "prf"] == [expected["bert_ner"][f"ents_{name}"] for name in "prf"]
    assert expected["bert_ner"]["ents_per_type"] == {
        label: {name: row[name] for name in "prf"} for label, row in ents["per_label"].items()
    }
    for name, exclusive in (("bert_textcat", True), ("bert_textcat_multilabel", False)):
        part, theirs = found["categories"][name], expected[name]
        assert part["exclusive"] == exclusive
        for mean in ("micro", "macro"):
            assert [part[mean][x] for x in "prf"] == [theirs[f"cats_{mean}_{x}"] for x in "prf"]
        assert (part["auc"] is None) == exclusive
    assert (
        found["categories"]["bert_textcat_multilabel"]["auc"]["macro"]
        == expected["bert_textcat_multilabel"]["cats_macro_auc"]
    )
    assert ents["calibration"]["predictions"] == ents["micro"]["predicted"]
    assert (found["docs"], found["words"]) == (6, sum(len(eg.predicted) for eg in examples))
    assert found["words_per_second"] > 0 and found["not_evaluated"] == [] and found["unknown_categories"] == {}


def with_spancats(*kinds: str) -> tuple[spacy.language.Language, list[Example]]:
    """Components of spaCy with random weights, each with a group of its own, and Docs."""
    nlp = spacy.blank("en")
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3]}
    for kind in kinds:
        nlp.add_pipe(kind, config={"spans_key": f"of_{kind}", "suggester": suggester})
    examples = []
    for text in TEXTS:
        gold = nlp.make_doc(text)
        for kind in kinds:
            set_group(gold, (0, 3, "A"), (1, 2, "B"), (len(gold) - 1, len(gold), "A"), key=f"of_{kind}")
        examples.append(Example(nlp.make_doc(text), gold))
    nlp.initialize(lambda: examples)
    return nlp, examples


@pytest.mark.parametrize("kinds", [("spancat",), ("spancat_singlelabel",), ("spancat", "spancat_singlelabel")])
def test_each_group_of_spans_has_a_section(kinds: tuple[str, ...]) -> None:
    nlp, examples = with_spancats(*kinds)
    del examples[0].reference.spans[f"of_{kinds[0]}"]
    expected = nlp.evaluate(examples)
    report = evaluate(nlp, examples)
    assert list(report.scores["spans"]) == [f"of_{kind}" for kind in kinds]
    assert report.scores["others"] == {} and report.scores["not_evaluated"] == []
    for number, kind in enumerate(kinds):
        part = report.scores["spans"][f"of_{kind}"]
        assert [part["micro"][name] for name in "prf"] == [expected[f"spans_of_{kind}_{name}"] for name in "prf"]
        assert {label: {name: row[name] for name in "prf"} for label, row in part["per_label"].items()} == expected[
            f"spans_of_{kind}_per_type"
        ]
        assert (part["components"], part["docs_without_annotation"]) == ([kind], int(number == 0))
        assert part["calibration"]["predictions"] == part["micro"]["predicted"] > 0
        assert part["nested"]["support"] == 2 * part["docs"]
        assert sum(map(len, report.mistaken_spans[f"of_{kind}"])) > 0


def test_groups_that_are_annotated_nowhere_are_not_evaluated() -> None:
    nlp, examples = with_spancats("spancat", "spancat_singlelabel")
    for eg in examples:
        del eg.reference.spans["of_spancat"]
        set_group(eg.reference, (0, 1, "A"), key="misspelt")
        set_group(eg.reference, key="empty")
    scores = evaluate(nlp, examples).scores
    assert (list(scores["spans"]), scores["not_evaluated"]) == (["of_spancat_singlelabel"], ["spancat"])
    assert scores["unknown_spans"] == {"misspelt": 3}
    assert evaluate(guessing("guess_entities"), wild_examples(nlp)).scores["unknown_spans"] == {}


def test_spans_without_labels_are_scored_by_their_component() -> None:
    nlp, examples = with_spancats("spancat")
    nlp.add_pipe("span_finder", config={"spans_key": "of_spancat"}, first=True).initialize(lambda: examples)
    scores = evaluate(nlp, examples).scores
    assert scores["spans"]["of_spancat"]["components"] == ["spancat"]
    assert list(scores["others"]["span_finder"]["prf"]) == ["spans_of_spancat"]


def test_what_is_not_annotated_is_not_evaluated(nlp: spacy.language.Language) -> None:
    only_entities = [(text, {"entities": gold["entities"]}) for text, gold in DATA]
    found = evaluate(nlp, make_examples(nlp, only_entities)).scores
    assert found["entities"]["docs"] == 3 and found["categories"] == {}
    assert found["not_evaluated"] == ["bert_spancat", "bert_textcat", "bert_textcat_multilabel"]
    only_cats = [(text, {"cats": gold["cats"]}) for text, gold in DATA]
    found = evaluate(nlp, make_examples(nlp, only_cats)).scores
    assert found["entities"] is None and found["not_evaluated"] == ["entities", "bert_spancat"]
    assert list(found["categories"]) == ["bert_textcat", "bert_textcat_multilabel"]


def test_examples_stay_as_they_are(nlp: spacy.language.Language) -> None:
    examples = make_examples(nlp)
    evaluate(nlp, examples)
    assert not any(eg.predicted.ents or eg.predicted.cats for eg in examples)


def test_gold_docs_of_other_tokens_count_as_in_spacy(nlp: spacy.language.Language) -> None:
    gold = Doc(nlp.vocab, words=["Angela Merkel", "visited", "Washington", "."], ents=["B-PERSON", "O", "B-GPE", "O"])
    examples = [Example(nlp.make_doc(gold.text), gold)]
    found = evaluate(nlp, examples).scores["entities"]["micro"]
    assert found["f"] == nlp.evaluate(examples)["ents_f"]
    assert found["support"] == 2


def test_scores_are_json() -> None:
    scores = wild_report().scores
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores


def test_numbers_of_mistakes_are_bounded() -> None:
    nlp = guessing("guess_entities", "guess_categories")
    report = evaluate(nlp, wild_examples(nlp) * 5, n_mistakes=3)
    assert sum(map(len, report.mistaken_spans[None])) == 3
    assert list(report.mistaken_spans) == [None]
    assert len(report.wrong_categories["doc.cats"]) == 3
    with raises_code("B012"):
        evaluate(nlp, wild_examples(nlp), n_mistakes=-1)


def test_corpora_that_say_nothing_are_refused() -> None:
    nlp = guessing("guess_entities")
    with raises_code("B095"):
        evaluate(nlp, [])
    with raises_code("B096"):
        evaluate(nlp, [Example(nlp.make_doc("a"), nlp.make_doc("a"))])
    with raises_code("B097"):
        evaluate(guessing(), wild_examples(nlp))
    only_cats = wild_examples(nlp)[:1]
    only_cats[0].reference.set_ents([], default="missing")
    with raises_code("B097"):
        evaluate(nlp, only_cats)
