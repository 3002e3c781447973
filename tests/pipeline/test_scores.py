"""Scores on Docs: temperatures, `min_score`, thresholds of labels, and how long `span._.score` lasts."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import spacy
import srsly
from spacy.cli.find_threshold import find_threshold
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from spacy_bert_ext.pipeline.scores import add_scores, define_score, drop_scores, get_score
from spacy_bert_ext.tagging.decoders import DECODERS
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import entities
from tests.pipeline.pipelines import HEADS, head_of, learn, make_initialized, make_nlp

NER, EXCLUSIVE, MULTILABEL, SPANS, *_ = HEADS


def scores(doc: Doc) -> list[float]:
    return [span._.score for span in doc.ents]


def corpus(path: Path, nlp: Language) -> Path:
    DocBin(docs=[eg.reference for eg in make_examples(nlp)]).to_disk(path)
    return path


# Temperature


def test_categories_are_probabilities_of_divided_logits(trained: Language) -> None:
    expected = {}
    for name in (EXCLUSIVE, MULTILABEL):
        cold = trained(TEXTS[0]).cats if name == MULTILABEL else None
        head_of(trained, name).cfg["temperature"] = 2.5
        logits = head_of(trained, name).raw_scores([trained.make_doc(TEXTS[0])])[0].double() / 2.5
        probabilities = logits.softmax(0) if name == EXCLUSIVE else logits.sigmoid()
        expected[name] = dict(zip(head_of(trained, name).labels, probabilities.tolist()))
        found = head_of(trained, name)(trained.make_doc(TEXTS[0])).cats
        assert found == pytest.approx(expected[name], abs=1e-5)
        if cold is not None:
            assert all(abs(found[label] - 0.5) < abs(score - 0.5) for label, score in cold.items())
    assert sum(expected[EXCLUSIVE].values()) == pytest.approx(1)


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_temperature_changes_scores_and_no_entity(bert_folder: str, decoder: str) -> None:
    nlp = make_nlp(bert_folder, heads=())
    nlp.add_pipe(NER, config={"decoder": decoder})
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp)
    before = list(nlp.pipe(TEXTS))
    for temperature, is_surer in ((0.2, True), (5.0, False)):
        head_of(nlp, NER).cfg["temperature"] = temperature
        for cold, doc in zip(before, nlp.pipe(TEXTS)):
            assert entities(doc) == entities(cold)
            assert [one > other for one, other in zip(scores(doc), scores(cold))] == [is_surer] * len(doc.ents)


def test_a_temperature_does_not_change_training(trained: Language, trained_folder: Path) -> None:
    other = spacy.load(trained_folder)
    for name in HEADS:
        head_of(other, name).cfg["temperature"] = 7.0
    for name in HEADS:
        examples = make_examples(trained)
        raw = [head_of(nlp, name).raw_scores([eg.predicted for eg in examples]) for nlp in (trained, other)]
        losses = [head_of(nlp, name).get_loss(examples, part).value for nlp, part in zip((trained, other), raw)]
        assert losses[0] == losses[1]


def test_initialize_forgets_calibration_and_saving_keeps_it(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_initialized(bert_folder)
    for name in HEADS:
        head_of(nlp, name).cfg["temperature"] = 1.5
    head_of(nlp, MULTILABEL).cfg["thresholds"] = {"news": 0.25}
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert [head_of(loaded, name).cfg["temperature"] for name in HEADS] == [1.5] * 4
    assert head_of(loaded, MULTILABEL).cfg["thresholds"] == {"news": 0.25}
    nlp.initialize(lambda: make_examples(nlp))
    assert [head_of(nlp, name).cfg["temperature"] for name in HEADS] == [1.0] * 4
    assert head_of(nlp, MULTILABEL).cfg["thresholds"] == {}


def test_saved_numbers_are_those_to_the_last_digit(trained: Language, tmp_path: Path) -> None:
    head = head_of(trained, MULTILABEL)
    head.cfg.update(temperature=1 / 3, thresholds={"news": 2e-13, "sport": 0.1 + 0.2})
    head.to_disk(tmp_path / "head")
    expected = dict(head.cfg)
    for loaded in (copy.deepcopy(head).from_disk(tmp_path / "head"), copy.deepcopy(head).from_bytes(head.to_bytes())):
        assert loaded.cfg == expected


@pytest.mark.parametrize("found", [0, -1.0, "warm", None, True, 0.01, 1e300])
def test_a_damaged_temperature_is_refused(trained: Language, tmp_path: Path, found: object) -> None:
    head = head_of(trained, EXCLUSIVE)
    head.to_disk(tmp_path / "head")
    saved = srsly.read_json(tmp_path / "head" / "cfg")
    (tmp_path / "head" / "cfg").write_text(srsly.json_dumps({**saved, "temperature": found}), encoding="utf8")
    with raises_code("B030", match="temperature"):
        head.from_disk(tmp_path / "head")
    assert head.cfg["temperature"] == 1.0


# Entities that are too unsure


def test_min_score_drops_what_is_below_it_after_temperature(trained: Language) -> None:
    ner, doc = head_of(trained, NER), trained(TEXTS[0])
    _, middle, _ = sorted(scores(doc))
    ner.min_score = middle  # itself is kept
    kept = trained(TEXTS[0])
    assert entities(kept) == [pair for pair, score in zip(entities(doc), scores(doc)) if score >= middle]
    assert len(kept.ents) == 2
    assert len([key for key in kept.user_data if key[1] == "score"]) == 2
    ner.cfg["temperature"] = 20.0
    assert entities(trained(TEXTS[0])) == []
    ner.min_score = 0.0
    assert entities(trained(TEXTS[0])) == entities(doc)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("found", [True, 0.0, float("nan"), float("inf"), 1e-9])
def test_a_temperature_out_of_range_is_refused_at_any_time(trained: Language, name: str, found: float) -> None:
    head_of(trained, name).cfg["temperature"] = found
    with pytest.raises(ValueError, match=r"\[B0(12|77)\].*temperature = .*from 0.05 to 20"):
        trained(TEXTS[0])


@pytest.mark.parametrize("found", [7, -0.1, float("nan"), "high", None, True])
def test_min_score_out_of_range_is_refused_at_any_time(trained: Language, found: object) -> None:
    with raises_code("B077" if found in ("high", None) or found is True else "B012"):
        head_of(trained, NER).min_score = found
    assert head_of(trained, NER).min_score == 0


def test_min_score_is_read_from_the_config_of_a_loaded_pipeline(trained_folder: Path, tmp_path: Path) -> None:
    strict = spacy.load(trained_folder, config={"components": {NER: {"min_score": 1.0}}})
    strict.to_disk(tmp_path)
    assert spacy.load(trained_folder)(TEXTS[0]).ents and not spacy.load(tmp_path)(TEXTS[0]).ents


def test_spacys_find_threshold_finds_a_min_score(trained: Language, tmp_path: Path) -> None:
    """The three least sure of five entities are made wrong."""
    head_of(trained, NER).cfg["temperature"] = 3.0
    all_scores = np.array(sorted(score for doc in trained.pipe(TEXTS) for score in scores(doc)))
    gold = list(trained.pipe(TEXTS))
    for doc in gold:
        doc.ents = [span for span in doc.ents if span._.score > all_scores[2]]
    DocBin(docs=gold).to_disk(tmp_path / "dev.spacy")
    trained.to_disk(tmp_path / "pipeline")
    best, score, of_each = find_threshold(
        tmp_path / "pipeline", tmp_path / "dev.spacy", NER, "min_score", "ents_f", n_trials=6, silent=True
    )
    for min_score, found in of_each.items():
        n_predicted, n_right = (all_scores >= min_score).sum(), (all_scores[3:] >= min_score).sum()
        assert found == pytest.approx(2 * n_right / (n_predicted + 2))
    assert of_each[0.0] == pytest.approx(4 / 7) and of_each[1.0] == 0.0
    assert score == of_each[best] == max(of_each.values())


# Thresholds of labels


def test_categories_by_their_thresholds(trained: Language) -> None:
    head, doc = head_of(trained, MULTILABEL), trained.make_doc("x")
    doc.cats = {"news": 0.4, "sport": 0.6, "order": 0.5, "of another component": 1.0}
    assert head.categories(doc) == ["sport", "order"]
    head.cfg["thresholds"] = {"news": 0.4, "sport": 0.7}
    assert head.categories(doc) == ["order", "news"]
    head.cfg["threshold"] = 0.55
    assert head.categories(doc) == ["news"]
    head.cfg["thresholds"] = dict.fromkeys(head.labels, 1.0)
    assert head.categories(doc) == []


def test_the_best_of_exclusive_categories(trained: Language) -> None:
    head, doc = head_of(trained, EXCLUSIVE), trained.make_doc("x")
    doc.cats = {"news": 0.3, "sport": 0.45, "order": 0.25, "of another component": 1.0}
    assert head.categories(doc) == ["sport"]
    head.cfg["threshold"] = 0.5
    assert head.categories(doc) == []


@pytest.mark.parametrize("name", [EXCLUSIVE, MULTILABEL])
def test_categories_of_a_doc_that_was_not_processed_are_refused(trained: Language, name: str) -> None:
    doc = trained.make_doc("x")
    doc.cats = {"news": 0.4, "sport": 0.6}
    with raises_code("B087", match="for: order"):
        head_of(trained, name).categories(doc)
    with raises_code("B087"):
        make_nlp("absent", (name,)).get_pipe(name).categories(doc)


def find_multilabel_threshold(nlp: Language, folder: Path) -> tuple[float, float, dict[float, float]]:
    """`spacy find-threshold`: the best threshold, its score, and the score of each that was tried."""
    nlp.to_disk(folder / "pipeline")
    data = corpus(folder / "dev.spacy", nlp)
    return find_threshold(folder / "pipeline", data, MULTILABEL, "threshold", "cats_macro_f", n_trials=5, silent=True)


def test_thresholds_of_labels_count_in_evaluation_and_win_over_the_single_one(
    trained: Language, tmp_path: Path
) -> None:
    def f_scores() -> list[float]:
        found = trained.evaluate(make_examples(trained))["cats_f_per_type"]
        return [found[label]["f"] for label in ("news", "sport", "order")]

    assert f_scores() == [1.0] * 3
    head_of(trained, MULTILABEL).cfg["thresholds"] = {"news": 0.0, "sport": 1.0}
    assert f_scores() == [0.5, 0.0, 1.0]
    # So does it in `spacy find-threshold`, which then tunes that of the other labels.
    _, score, of_each = find_multilabel_threshold(trained, tmp_path)
    assert score == pytest.approx((0.5 + 0 + 1) / 3) and of_each[0.0] == pytest.approx((0.5 + 0 + 0.5) / 3)


def test_spacys_find_threshold_tunes_the_single_threshold(trained: Language, tmp_path: Path) -> None:
    best, score, of_each = find_multilabel_threshold(trained, tmp_path)
    assert score == 1.0 and 0 < best < 1
    assert of_each[0.0] == pytest.approx(0.5) and of_each[1.0] == 0.0


# How long scores of entities last


@pytest.fixture(scope="module")
def scored(shared_trained: Language) -> list[Doc]:
    docs = list(shared_trained.pipe(TEXTS))
    assert [len(doc.ents) for doc in docs] == [3, 2, 0]
    assert len({score for doc in docs for score in scores(doc)}) == 5
    return docs


def test_scores_survive_bytes_copies_and_pickles(scored: list[Doc]) -> None:
    for doc in scored:
        for other in (
            Doc(doc.vocab).from_bytes(doc.to_bytes()),
            doc.copy(),
            copy.deepcopy(doc),
            pickle.loads(pickle.dumps(doc)),
        ):
            assert other is not doc and entities(other) == entities(doc)
            assert scores(other) == scores(doc)
    bare = Doc(scored[0].vocab).from_bytes(scored[0].to_bytes(exclude=["user_data"]))
    assert scores(bare) == [None] * 3


def test_scores_survive_a_doc_bin_that_stores_user_data(scored: list[Doc], tmp_path: Path) -> None:
    DocBin(docs=scored, store_user_data=True).to_disk(tmp_path / "docs.spacy")
    stored = DocBin().from_disk(tmp_path / "docs.spacy").get_docs(spacy.blank("en").vocab)
    assert [scores(doc) for doc in stored] == [scores(doc) for doc in scored]
    DocBin(docs=scored).to_disk(tmp_path / "docs.spacy")
    stored = DocBin().from_disk(tmp_path / "docs.spacy").get_docs(spacy.blank("en").vocab)
    assert [scores(doc) for doc in stored] == [[None] * 3, [None] * 2, []]


def test_scores_move_with_their_entities_when_docs_are_joined(scored: list[Doc]) -> None:
    expected = [score for doc in (scored[2], scored[0], scored[1]) for score in scores(doc)]
    for with_spaces in (True, False):
        joined = Doc.from_docs([scored[2], scored[0], scored[1]], ensure_whitespace=with_spaces)
        assert len(joined.ents) == 5 and scores(joined) == expected


def test_scores_move_with_their_entities_into_a_doc_of_a_span(scored: list[Doc]) -> None:
    part = scored[0][3:8]
    assert scores(part.as_doc(copy_user_data=True)) == scores(scored[0])[1:]
    assert scores(part.as_doc()) == [None] * 2


def test_scores_stay_where_other_tokens_are_merged_or_split(shared_trained: Language) -> None:
    doc = shared_trained(TEXTS[0])
    before = scores(doc)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
        retokenizer.split(doc[2], ["vis", "ited"], [doc[2], doc[2]])
    assert len(doc) == 8 and scores(doc) == before


def test_scores_stay_where_tokens_of_an_entity_are_merged(shared_trained: Language) -> None:
    doc = shared_trained(TEXTS[0])
    before = scores(doc)
    doc = spacy.blank("en").add_pipe("merge_entities")(doc)
    assert len(doc) == 6 and scores(doc) == before
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2], attrs={"ENT_TYPE": "PERSON"})
    assert doc.ents[0].text == "Angela Merkel visited" and scores(doc)[0] is None


def test_scores_survive_json(scored: list[Doc]) -> None:
    for doc in scored[:2]:
        assert scores(Doc(doc.vocab).from_json(doc.to_json(underscore=["score"]))) == scores(doc)


def test_scores_are_plain_numbers(scored: list[Doc]) -> None:
    assert all(type(score) is float for doc in scored for score in scores(doc))
    assert not np.isnan(scores(scored[0])).any()


# Whose score it is


def test_a_score_belongs_to_an_entity_with_its_label(shared_trained: Language) -> None:
    doc = shared_trained(TEXTS[0])
    before = scores(doc)
    first, *others = doc.ents
    doc.ents = [Span(doc, first.start, first.end, label="ORG"), *others]
    assert scores(doc) == [None, *before[1:]]
    assert doc[first.start : first.end]._.score is None
    assert Span(doc, first.start, first.end, label="PERSON")._.score == before[0]
    doc.ents = [doc.char_span(first.start_char, others[0].end_char, label="PERSON")]
    assert scores(doc) == [None]


def test_an_entity_ruler_that_relabels_an_entity_takes_its_score(trained: Language) -> None:
    before = scores(trained(TEXTS[0]))
    ruler = trained.add_pipe("entity_ruler", config={"overwrite_ents": True})
    ruler.add_patterns([{"label": "POLITICIAN", "pattern": "Angela Merkel"}])
    doc = trained(TEXTS[0])
    assert entities(doc)[0] == ("Angela Merkel", "POLITICIAN") and scores(doc) == [None, *before[1:]]


@pytest.mark.parametrize("overwrite", [False, True])
def test_scores_of_an_earlier_prediction_go_with_it(trained: Language, overwrite: bool) -> None:
    trained.disable_pipe(SPANS)
    head, doc = head_of(trained, NER), trained(TEXTS[0])
    head.overwrite = overwrite
    spans, before = list(doc.ents), scores(doc)
    doc.ents = spans[:1]
    head.min_score = 1.0
    head(doc)
    kept = [] if overwrite else spans[:1]
    assert list(doc.ents) == kept
    assert [span._.score for span in spans] == [*before[: len(kept)], *[None] * (3 - len(kept))]
    doc.ents = []
    head(doc)
    assert [span._.score for span in spans] == [None] * 3 and doc.user_data == {}


def test_each_of_several_components_scores_its_own_entities(trained: Language) -> None:
    before = trained(TEXTS[0])
    weaker = copy.deepcopy(head_of(trained, NER))
    weaker.cfg["temperature"], weaker.overwrite = 5.0, True
    doc = weaker(trained(TEXTS[0]))
    assert entities(doc) == entities(before)
    assert all(one < other for one, other in zip(scores(doc), scores(before)))
    weaker.overwrite = False
    assert scores(weaker(trained(TEXTS[0]))) == scores(before)


def test_spans_that_overlap_may_have_scores_by_label(nlp: Language) -> None:
    define_score()
    doc = nlp.make_doc("Bank of England")
    add_scores(doc, [(0, 2, "ORG", 0.75), (0, 2, "BANK", 0.5), (2, 2, "GPE", 0.25)])
    spans = [Span(doc, 0, 3, "ORG"), Span(doc, 0, 3, "BANK"), Span(doc, 2, 3, "GPE"), Span(doc, 2, 3, "ORG")]
    assert [span._.score for span in spans] == [0.75, 0.5, 0.25, None]
    drop_scores(doc, ["BANK", "GPE"])
    assert [span._.score for span in spans] == [0.75, None, None, None]


def test_a_score_can_be_set_and_taken_away(nlp: Language) -> None:
    define_score()
    doc = nlp.make_doc("Bank of England")
    span, other = Span(doc, 0, 3, "ORG"), Span(doc, 0, 3, "BANK")
    span._.score, other._.score = 0.75, 0.5
    assert (span._.score, other._.score) == (0.75, 0.5)
    span._.score = None
    assert (span._.score, other._.score) == (None, 0.5)
    other._.score = None
    assert doc.user_data == {}
    doc.user_data["._.", "score", span.start_char, span.end_char] = 0.5  # by another program
    assert span._.score is None
    drop_scores(doc, ["ORG"])
    assert doc.user_data == {}


def test_an_extension_that_holds_values_is_replaced_and_another_one_stays() -> None:
    try:
        Span.set_extension("score", default=None, force=True)
        define_score()
        assert Span.get_extension("score")[2] is get_score
        Span.set_extension("score", getter=len, force=True)
        with pytest.warns(UserWarning, match=r"\[B165\] `span._.score` is defined already"):
            define_score()
        assert Span.get_extension("score")[2] is len
    finally:
        Span.remove_extension("score")
        define_score()
