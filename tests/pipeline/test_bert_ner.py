"""Entities: learning, what is set on Docs, what is done with gold annotation, labels."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import spacy
import srsly
import torch
from spacy.cli import app
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from thinc.api import Adam
from typer.testing import CliRunner

from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from spacy_bert_ext.pipeline.bert_ner import gold_tags
from spacy_bert_ext.pipeline.entities.writing import PredictedEntities
from spacy_bert_ext.tagging.decoders import DECODERS
from spacy_bert_ext.tagging.tags import MISSING
from tests.annotated import DATA, ENTITIES, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same, changed, entities, weights_of
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of, head_of, learn, make_initialized, make_nlp


def make_ner(folder: str, **config) -> Language:
    """An encoder and `bert_ner` with these settings, not initialized."""
    nlp = make_nlp(folder, heads=())
    nlp.add_pipe("bert_ner", config=config)
    return nlp


def predict_as(nlp: Language, doc: Doc, *spans: tuple[int, int, str, float]) -> Doc:
    """Annotate a Doc as if these entities (first token, last token, label, score) had been predicted."""
    ner = head_of(nlp, "bert_ner")
    first, last, label, score = zip(*spans) if spans else ((), (), (), ())
    numbers = [ner.labels.index(name) for name in label]
    predicted = PredictedEntities(*(np.array(a, dtype=np.int64) for a in (first, last, numbers)), np.array(score))
    ner.set_annotations([doc], predicted)
    return doc


@pytest.fixture(scope="module")
def ner(bert_folder: str) -> Language:
    """Initialized, not trained, labels GPE, ORG, PERSON. Not to be changed."""
    return make_initialized(bert_folder, ("bert_ner",))


@pytest.fixture(scope="module")
def overwriting(bert_folder: str) -> Language:
    nlp = make_ner(bert_folder, overwrite=True)
    nlp.initialize(lambda: make_examples(nlp))
    return nlp


# Learning


@pytest.mark.parametrize("decoder", DECODERS)
def test_learns_entities_by_heart(bert_folder: str, decoder: str) -> None:
    nlp = make_ner(bert_folder, decoder=decoder)
    nlp.initialize(lambda: make_examples(nlp))
    first = nlp.update(make_examples(nlp), sgd=adamw())["bert_ner"]
    last = learn(nlp, steps=40)["bert_ner"]
    assert last < 0.3 * first
    assert [entities(nlp(text)) for text in TEXTS] == ENTITIES
    scores = [span._.score for text in TEXTS for span in nlp(text).ents]
    assert all(0.2 < score <= 1 for score in scores)


def test_learns_with_thincs_adam(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_ner",))
    encoder_before = weights_of(encoder_of(nlp).shim.module)
    learn(nlp, sgd=Adam(0.005), steps=40)
    assert [entities(nlp(text)) for text in TEXTS] == ENTITIES
    assert changed(encoder_before, encoder_of(nlp).shim.module)


@pytest.mark.parametrize("pooling", ["first", "mean", "max"])
@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_learns_with_every_kind_of_checkpoint(checkpoints: dict[str, str], kind: str, pooling: str) -> None:
    nlp = make_ner(checkpoints[kind], model={"pooling": pooling, "dropout": 0.0})
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp)
    assert [entities(nlp(text)) for text in TEXTS] == ENTITIES


@pytest.mark.parametrize("decoder", ["crf", "greedy"])
def test_tags_begin_as_often_as_their_class_is_annotated(bert_folder: str, decoder: str) -> None:
    nlp = make_ner(bert_folder, decoder=decoder)
    nlp.initialize(lambda: make_examples(nlp))
    # 15 tokens of O, 1 of GPE, 4 of ORG, 4 of PERSON, and each counts 1 more; B, I, L and U share theirs.
    expected = [16 / 28, *[2 / 28 / 4] * 4, *[5 / 28 / 4] * 8]
    module = head_of(nlp, "bert_ner").shim.module
    assert module.output.bias.exp().tolist() == pytest.approx(expected)


@pytest.mark.parametrize("decoder", ["greedy", "constrained", "crf"])
def test_a_new_label_moves_no_scores(bert_folder: str, decoder: str) -> None:
    nlp = make_nlp(bert_folder, ())
    ner = nlp.add_pipe("bert_ner", config={"decoder": decoder})
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp, steps=15)  # not yet sure of anything
    before = list(nlp.pipe(TEXTS))
    assert any(span._.score < 0.9 for doc in before for span in doc.ents)
    ner.add_label("DATE")
    ner.add_label("TIME")
    assert_same(list(nlp.pipe(TEXTS)), before, tolerance=0.02)
    data = [(TEXTS[2], {"entities": [(6, 9, "DATE")]})]
    learn(nlp, make_examples(nlp, data))
    assert entities(nlp(TEXTS[2])) == [("two", "DATE")]


def test_balanced_tags_begin_alike(bert_folder: str) -> None:
    nlp = make_ner(bert_folder, loss={"class_weights": "balanced"}, scheme="BIO")
    data = [("Berlin " + "the " * 98 + "Merkel", {"entities": [(0, 6, "GPE"), (399, 405, "PERSON")]})]
    nlp.initialize(lambda: make_examples(nlp, data))
    # Weights are of true counts: GPE and PERSON have 1 of 100 tokens, and count 1 more.
    weighed = np.array([99 * 100 / 3 / 98, 2 * 100 / 3, 2 * 100 / 3])
    outside, gpe, person = weighed / weighed.sum()
    found = head_of(nlp, "bert_ner").shim.module.output.bias.exp().tolist()
    assert found == pytest.approx([outside, gpe / 2, gpe / 2, person / 2, person / 2])


def test_learns_a_doc_longer_than_a_window(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, heads=("bert_ner",), window_pieces=16, overlap_pieces=4)
    text = " . ".join(text for text, _ in DATA * 2)
    spans, start = [], 0
    for one, annotation in DATA * 2:
        spans += [(first + start, last + start, label) for first, last, label in annotation["entities"]]
        start += len(one) + 3
    examples = make_examples(nlp, [(text, {"entities": spans})])
    nlp.initialize(lambda: examples)
    learn(nlp, examples, steps=40)
    doc = nlp(text)
    assert [(span.start_char, span.end_char, span.label_) for span in doc.ents] == spans
    assert encoder_of(nlp).model.predict([doc]).windows_per_doc.tolist()[0] > 3


def test_scores_of_evaluation(shared_trained: Language) -> None:
    scores = shared_trained.evaluate(make_examples(shared_trained))
    assert scores["ents_f"] == scores["ents_p"] == scores["ents_r"] == 1.0
    assert set(scores["ents_per_type"]) == {"PERSON", "GPE", "ORG"}


def test_evaluation_counts_mistakes(shared_trained: Language) -> None:
    wrong = [(text, {"entities": [(0, text.index(" "), "ORG")]}) for text in TEXTS]
    assert shared_trained.evaluate(make_examples(shared_trained, wrong))["ents_f"] == 0.0


def test_default_score_weights(bert_folder: str) -> None:
    weights = make_nlp(bert_folder, ("bert_ner",)).config["training"]["score_weights"]
    assert weights == {"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None}


# Annotations


def test_sets_entities_tags_and_scores(ner: Language) -> None:
    doc = predict_as(ner, ner.make_doc("Bonn and New York City"), (0, 0, "GPE", 0.75), (2, 4, "ORG", 0.5))
    assert entities(doc) == [("Bonn", "GPE"), ("New York City", "ORG")]
    assert [token.ent_iob_ for token in doc] == ["B", "O", "B", "I", "I"]
    assert [token.ent_type_ for token in doc] == ["GPE", "", "ORG", "ORG", "ORG"]
    assert [span._.score for span in doc.ents] == [0.75, 0.5]
    assert doc[0:2]._.score is None


def test_no_entity_means_outside_not_missing(ner: Language) -> None:
    doc = predict_as(ner, ner.make_doc("nothing here"))
    assert [token.ent_iob_ for token in doc] == ["O", "O"]
    assert doc.has_annotation("ENT_IOB")


def test_adjacent_entities_of_one_label_stay_apart(ner: Language) -> None:
    doc = predict_as(ner, ner.make_doc("Bonn Berlin"), (0, 0, "GPE", 1.0), (1, 1, "GPE", 1.0))
    assert [span.text for span in doc.ents] == ["Bonn", "Berlin"]


def test_annotations_go_to_the_doc_they_belong_to(ner: Language) -> None:
    docs = [ner.make_doc("Bonn"), Doc(ner.vocab), ner.make_doc(" "), ner.make_doc("in Berlin")]
    labels = np.array([head_of(ner, "bert_ner").labels.index("GPE")] * 2)
    head_of(ner, "bert_ner").set_annotations(
        docs, PredictedEntities(np.array([0, 3]), np.array([0, 3]), labels, np.array([0.25, 0.5]))
    )
    assert [entities(doc) for doc in docs] == [[("Bonn", "GPE")], [], [], [("Berlin", "GPE")]]
    assert docs[0].ents[0]._.score == 0.25 and docs[3].ents[0]._.score == 0.5


def test_scores_survive_bytes(ner: Language) -> None:
    doc = predict_as(ner, ner.make_doc("in Bonn"), (1, 1, "GPE", 0.75))
    copied = Doc(ner.vocab).from_bytes(doc.to_bytes())
    assert entities(copied) == [("Bonn", "GPE")]
    assert copied.ents[0]._.score == 0.75


def test_without_overwriting_entities_that_are_there_stay(ner: Language) -> None:
    doc = ner.make_doc("Bonn and New York City near Berlin")
    doc.set_ents([Span(doc, 2, 4, "MINE", kb_id="Q60", span_id="7")])
    predict_as(ner, doc, (0, 0, "GPE", 0.9), (3, 4, "ORG", 0.8), (6, 6, "GPE", 0.7))
    assert entities(doc) == [("Bonn", "GPE"), ("New York", "MINE"), ("Berlin", "GPE")]
    assert [span.kb_id_ for span in doc.ents] == ["", "Q60", ""]
    assert [span.ent_id_ for span in doc.ents] == ["", "7", ""]
    assert [span._.score for span in doc.ents] == [0.9, None, 0.7]
    assert [token.ent_iob_ for token in doc] == ["B", "O", "B", "I", "O", "O", "B"]


def test_prediction_that_contains_an_entity_that_is_there_is_dropped(ner: Language) -> None:
    doc = ner.make_doc("New York City")
    doc.set_ents([Span(doc, 1, 2, "MINE")])
    assert entities(predict_as(ner, doc, (0, 2, "ORG", 0.9))) == [("York", "MINE")]


def test_without_overwriting_blocked_tokens_stay_blocked(ner: Language) -> None:
    doc = ner.make_doc("Bonn and New York City")
    doc.set_ents([], blocked=[doc[3:4]], default="missing")
    predict_as(ner, doc, (0, 0, "GPE", 0.9), (2, 4, "ORG", 0.8))
    assert entities(doc) == [("Bonn", "GPE")]
    assert doc[3].ent_iob == 3 and doc[3].ent_type == 0
    assert doc[2].ent_iob_ == "O"


def test_overwriting_replaces_entities_blocks_ids_and_scores(overwriting: Language) -> None:
    doc = overwriting.make_doc("Bonn and New York City near Berlin")
    doc.set_ents([Span(doc, 2, 4, "MINE", kb_id="Q60", span_id="7")], blocked=[doc[6:7]])
    doc.ents[0]._.score = 0.125
    predict_as(overwriting, doc, (3, 4, "ORG", 0.5), (6, 6, "GPE", 0.25))
    assert entities(doc) == [("York City", "ORG"), ("Berlin", "GPE")]
    assert [token.ent_kb_id for token in doc] == [0] * 7
    assert [token.ent_id for token in doc] == [0] * 7
    assert [span._.score for span in doc.ents] == [0.5, 0.25]
    assert doc[2:4]._.score is None


def test_annotating_twice_keeps_what_the_first_time_gave(trained: Language) -> None:
    doc = trained(TEXTS[0])
    scores = [span._.score for span in doc.ents]
    again = head_of(trained, "bert_ner")(doc)
    assert entities(again) == ENTITIES[0]
    assert [span._.score for span in again.ents] == scores


def test_later_components_see_the_labels_as_strings(shared_trained: Language) -> None:
    other = spacy.blank("en")
    doc = Doc(other.vocab).from_bytes(shared_trained(TEXTS[0]).to_bytes())
    assert entities(doc) == ENTITIES[0]


def test_blank_tokens_inside_an_entity_belong_to_it(trained: Language) -> None:
    words = ["  ", "Angela", "\n", "Merkel", " ", "visited", "Barack", "Obama", "in", "Washington", "\n\n"]
    doc = Doc(trained.vocab, words=words)
    for _, component in trained.pipeline:
        doc = component(doc)
    plain = Doc(trained.vocab, words=[word for word in words if not word.isspace()])
    for _, component in trained.pipeline:
        plain = component(plain)
    assert [span.label_ for span in doc.ents] == [span.label_ for span in plain.ents]
    assert [[token.text for token in span if not token.is_space] for span in doc.ents] == [
        [token.text for token in span] for span in plain.ents
    ]
    assert [token.text for token in doc.ents[0]] == ["Angela", "\n", "Merkel"]
    assert not any(span[0].is_space or span[-1].is_space for span in doc.ents)
    assert np.allclose([span._.score for span in doc.ents], [span._.score for span in plain.ents], atol=1e-5)


# Gold annotation


def gold_names(nlp: Language, *examples: Example) -> list[str]:
    """Tags of the taggable tokens as the component reads them from the examples."""
    ner = head_of(nlp, "bert_ner")
    scores = ner.model.predict([eg.predicted for eg in examples])
    names = ["O"] + [f"{prefix}-{label}" for label in ner.labels for prefix in "BILU"]
    return ["-" if tag == MISSING else names[tag] for tag in gold_tags(ner, list(examples), scores).tolist()]


def test_gold_tags_of_equal_tokens(ner: Language) -> None:
    examples = make_examples(ner)
    expected = ["B-PERSON", "L-PERSON", "O", "B-PERSON", "L-PERSON", "O", "U-GPE", "O"]
    assert gold_names(ner, *examples[:1]) == expected
    assert gold_names(ner, *examples)[: len(expected)] == expected
    assert set(gold_names(ner, examples[2])) == {"O"}


def test_gold_tags_leave_out_blank_tokens(ner: Language) -> None:
    doc = Doc(ner.vocab, words=[" ", "New", "\n", "York", " ", "Bonn"])
    doc.set_ents([Span(doc, 1, 4, "ORG"), Span(doc, 5, 6, "GPE")])
    assert gold_names(ner, Example(ner.make_doc(doc.text), doc)) == ["B-ORG", "L-ORG", "U-GPE"]


def test_gold_tags_of_other_tokens_are_aligned(ner: Language) -> None:
    gold = Doc(ner.vocab, words=["New", "York", "-", "based"], spaces=[True, False, False, False])
    gold.set_ents([Span(gold, 0, 2, "GPE")])
    predicted = Doc(ner.vocab, words=["New", "Yo", "rk", "-", "based"], spaces=[True, False, False, False, False])
    assert gold_names(ner, Example(predicted, gold)) == ["B-GPE", "I-GPE", "L-GPE", "O", "O"]


def test_blocked_gold_tokens_are_outside(ner: Language) -> None:
    doc = ner.make_doc("Bonn Berlin")
    doc.set_ents([], blocked=[doc[0:1]])
    assert gold_names(ner, Example(ner.make_doc(doc.text), doc)) == ["O", "O"]


def test_missing_gold_tokens_are_missing(ner: Language) -> None:
    doc = ner.make_doc("Bonn and Berlin")
    doc.set_ents([Span(doc, 0, 1, "GPE")], missing=[doc[2:3]])
    assert gold_names(ner, Example(ner.make_doc(doc.text), doc)) == ["U-GPE", "O", "-"]
    assert gold_names(ner, Example(ner.make_doc(doc.text), ner.make_doc(doc.text))) == ["-", "-", "-"]


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_batch_without_annotation_changes_nothing(bert_folder: str, decoder: str) -> None:
    nlp = make_ner(bert_folder, decoder=decoder)
    nlp.initialize(lambda: make_examples(nlp))
    before = weights_of(head_of(nlp, "bert_ner").shim.module)
    bare = [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in TEXTS]
    assert nlp.update(bare, sgd=adamw())["bert_ner"] == 0.0
    nlp("to complete the step")
    assert not changed(before, head_of(nlp, "bert_ner").shim.module)


@pytest.mark.parametrize("decoder", DECODERS)
def test_tokens_that_are_not_annotated_teach_nothing(bert_folder: str, decoder: str) -> None:
    nlp = make_ner(bert_folder, decoder=decoder)
    doc = nlp.make_doc(TEXTS[0])
    doc.set_ents([Span(doc, 0, 2, "PERSON")], default="missing")
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp, [Example(nlp.make_doc(doc.text), doc)], steps=30)
    assert entities(nlp(TEXTS[0]))[0] == ("Angela Merkel", "PERSON")
    # Had the others been read as outside, nothing else would be an entity.
    assert not all(token.ent_iob_ == "O" for token in nlp(TEXTS[0])[2:])


def test_label_that_the_component_does_not_have_is_named(trained: Language) -> None:
    unknown = make_examples(trained, [("Bonn", {"entities": [(0, 4, "PLANET")]})])
    with raises_code("B029") as caught:
        trained.update(unknown, sgd=adamw())
    assert "PLANET" in str(caught.value) and "GPE, ORG, PERSON" in str(caught.value)


def test_misaligned_entities_are_counted_once_with_examples(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    gold = Doc(nlp.vocab, words=["New", "York", "-", "based"], spaces=[True, False, False, False])
    gold.set_ents([Span(gold, 0, 2, "GPE")])
    predicted = Doc(nlp.vocab, words=["New", "York-based"])
    with pytest.warns(UserWarning, match=r"\[B101\] 1 of 6 gold entities of 'bert_ner'.*'New York'") as caught:
        nlp.initialize(lambda: [*make_examples(nlp), Example(predicted, gold)])
    assert sum("B101" in str(warning.message) for warning in caught) == 1


def test_aligned_entities_of_other_tokens_are_not_counted(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    gold = Doc(nlp.vocab, words=["New", "York"])
    gold.set_ents([Span(gold, 0, 2, "GPE")])
    predicted = Doc(nlp.vocab, words=["New", "Yo", "rk"], spaces=[True, False, False])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        nlp.initialize(lambda: [Example(predicted, gold)])


# Labels


def test_labels_come_from_the_data_in_order_of_the_alphabet(ner: Language) -> None:
    assert head_of(ner, "bert_ner").labels == ("GPE", "ORG", "PERSON")
    assert head_of(ner, "bert_ner").label_data == ["GPE", "ORG", "PERSON"]
    assert ner.pipe_labels["bert_ner"] == ["GPE", "ORG", "PERSON"]


def test_given_labels_replace_those_of_the_data(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    nlp.config["initialize"]["components"]["bert_ner"] = {"labels": ["PERSON", "GPE", "ORG", "PLANET"]}
    nlp.initialize(lambda: make_examples(nlp))
    assert head_of(nlp, "bert_ner").labels == ("PERSON", "GPE", "ORG", "PLANET")
    learn(nlp)
    assert [entities(nlp(text)) for text in TEXTS] == ENTITIES


def test_labels_of_init_labels_are_read_back(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner", "bert_textcat"))
    DocBin(docs=[eg.reference for eg in make_examples(nlp)], store_user_data=True).to_disk(tmp_path / "train.spacy")
    nlp.config["paths"]["train"] = nlp.config["paths"]["dev"] = str(tmp_path / "train.spacy")
    nlp.config.to_disk(tmp_path / "config.cfg")
    arguments = ["init", "labels", str(tmp_path / "config.cfg"), str(tmp_path / "labels")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert srsly.read_json(tmp_path / "labels" / "bert_ner.json") == ["GPE", "ORG", "PERSON"]
    assert srsly.read_json(tmp_path / "labels" / "bert_textcat.json") == ["news", "order", "sport"]
    other = make_nlp(bert_folder, ("bert_ner", "bert_textcat"))
    for name in ("bert_ner", "bert_textcat"):
        other.config["initialize"]["components"][name] = {
            "labels": {"@readers": "spacy.read_labels.v1", "path": str(tmp_path / "labels" / f"{name}.json")}
        }
    other.initialize(lambda: make_examples(other, [("Bonn", {"entities": [], "cats": {}})]))
    assert head_of(other, "bert_ner").labels == ("GPE", "ORG", "PERSON")
    assert head_of(other, "bert_textcat").labels == ("news", "order", "sport")


@pytest.mark.parametrize("decoder", ["greedy", "crf"])
def test_labels_can_be_added_at_any_time(bert_folder: str, decoder: str) -> None:
    nlp, again = make_nlp(bert_folder, ()), make_nlp(bert_folder, ())
    for pipeline in (nlp, again):
        pipeline.add_pipe("bert_ner", config={"decoder": decoder})
    ner = head_of(nlp, "bert_ner")
    assert ner.add_label("PLANET") == 1
    assert ner.add_label("PLANET") == 0
    nlp.initialize(lambda: make_examples(nlp))
    assert ner.labels == ("PLANET", "GPE", "ORG", "PERSON")
    assert ner.add_label("GPE") == 0
    docs = [nlp.make_doc(text) for text in TEXTS]
    before = ner.model.predict(docs)
    assert ner.add_label("MOON") == 1
    assert ner.labels == ("PLANET", "GPE", "ORG", "PERSON", "MOON")
    after = ner.model.predict(docs)
    n_before = before.logits.shape[1]
    assert after.logits.shape[1] == n_before + 4
    torch.testing.assert_close(after.logits[:, :n_before], before.logits)
    for old, new in zip(before.tensors[1:], after.tensors[1:]):
        assert new[(slice(n_before),) * old.ndim].equal(old) and new.numel() == (n_before + 4) ** old.ndim
    again.from_bytes(nlp.to_bytes())
    torch.testing.assert_close(again.get_pipe("bert_ner").model.predict(docs).logits, after.logits)


@pytest.mark.parametrize("label", ["", 7, None])
def test_labels_must_be_strings_that_are_not_empty(bert_folder: str, label: object) -> None:
    ner = make_nlp(bert_folder, ("bert_ner",)).get_pipe("bert_ner")
    with raises_code("B026"):
        ner.add_label(label)


def test_given_labels_must_be_strings(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    nlp.get_pipe("bert_encoder").initialize(lambda: make_examples(nlp))
    with raises_code("B026"):
        head_of(nlp, "bert_ner").initialize(lambda: make_examples(nlp), labels=["GPE", ""])


def test_data_without_labels_is_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    with raises_code("B024"):
        nlp.initialize(lambda: make_examples(nlp, [("nothing", {"entities": []})]))


def test_labels_with_odd_characters_work(bert_folder: str, tmp_path: Path) -> None:
    labels = ["B-ORG", "O", "a b", "Größe 7/ü"]
    data = [
        (text, {"entities": [(*span[:2], labels[i % 4]) for i, span in enumerate(gold["entities"])]})
        for text, gold in DATA
    ]
    nlp = make_nlp(bert_folder, ("bert_ner",))
    nlp.initialize(lambda: make_examples(nlp, data))
    learn(nlp, make_examples(nlp, data))
    nlp.to_disk(tmp_path)
    for text, gold in data:
        found = [(span.start_char, span.end_char, span.label_) for span in spacy.load(tmp_path)(text).ents]
        assert found == gold["entities"]


# Use before it is ready


def test_use_before_initializing_is_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    with raises_code("B021"):
        nlp("Hello")
    with raises_code("B021"):
        nlp.update(make_examples(nlp), sgd=adamw())
    encoder_of(nlp).initialize(lambda: make_examples(nlp))
    with raises_code("B022"):
        nlp("Hello")
    with raises_code("B022"):
        nlp.update(make_examples(nlp), sgd=adamw())


def test_initializing_a_head_before_its_encoder_loads_the_checkpoint(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    head_of(nlp, "bert_ner").initialize(lambda: make_examples(nlp))
    assert encoder_of(nlp).shim.module is not None and nlp("Hello").text == "Hello"


def test_wrong_settings_are_refused(nlp: Language, bert_folder: str) -> None:
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    with raises_code("B010"):
        nlp.add_pipe("bert_ner", config={"decoder": "beam"})


# Casing


def test_an_uncased_encoder_with_casing_tells_a_name_from_a_word(bert_folder: str, tmp_path: Path) -> None:
    words = {"new york": [], "New York": [(0, 8, "GPE")], "an apple": [], "an Apple": [(3, 8, "ORG")]}

    def wrong(nlp: Language) -> int:
        gold = [[(start, end, label) for start, end, label in spans] for spans in words.values()]
        found = [[(ent.start_char, ent.end_char, ent.label_) for ent in nlp(text).ents] for text in words]
        return sum(one != other for one, other in zip(found, gold))

    n_wrong = {}
    for casing in (False, True):
        nlp = make_ner(bert_folder, model={"casing": casing, "dropout": 0.0})
        examples = make_examples(nlp, [(text, {"entities": spans}) for text, spans in words.items()])
        nlp.initialize(lambda examples=examples: examples)
        learn(nlp, examples, steps=60)
        n_wrong[casing] = wrong(nlp)
    assert n_wrong == {False: 2, True: 0}
    nlp.to_disk(tmp_path / "saved")
    loaded = spacy.load(tmp_path / "saved")
    assert wrong(loaded) == 0
    head_of(loaded, "bert_ner").add_label("MORE")
    assert "MORE" in head_of(loaded, "bert_ner").labels
    loaded("New York")
    with raises_code("B049"):
        export_checkpoint(nlp, "bert_ner", tmp_path / "out")
