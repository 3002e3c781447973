"""Summaries without labels and without training."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext.calibration.calibrating import calibrate
from tests.coded import raises_code
from tests.pipeline.pipelines import adamw, encoder_config
from tests.pipeline.summaries.summarized import TEXTS, make_examples, make_untrained

METHODS = [{"method": "lexrank"}, {"method": "lexrank", "lexrank_threshold": 0.1}, {"method": "centroid"}]
SIMILARITIES = ("vectors", "both")


def scores(nlp: Language) -> list[list[float]]:
    return [[sentence._.summary_score for sentence in doc.sents] for doc in nlp.pipe(TEXTS)]


@pytest.mark.parametrize("config", METHODS)
def test_over_tfidf_it_works_at_once(config: dict, tmp_path: Path) -> None:
    nlp = make_untrained(**config)
    found = scores(nlp)
    assert all(max(of_doc) == 1.0 and min(of_doc) >= 0 for of_doc in found)
    nlp.to_disk(tmp_path / "saved")
    assert scores(spacy.load(tmp_path / "saved")) == found
    assert scores(make_untrained(**config).from_bytes(nlp.to_bytes())) == found
    nlp.initialize()
    assert scores(nlp) == found


def test_the_sentence_that_is_most_like_the_others_is_best() -> None:
    nlp = make_untrained(n_sents=1)
    doc = nlp("Dogs bark . Cats and dogs eat fish . Fish swim . Cats purr .")
    assert doc._.summary == "Cats and dogs eat fish ."


@pytest.mark.parametrize("config", METHODS)
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_over_vectors(bert_folder: str, config: dict, similarity: str, tmp_path: Path) -> None:
    nlp = make_untrained(bert_folder, similarity=similarity, **config)
    found = scores(nlp)
    assert [[s._.summary_score for s in nlp(text).sents] for text in TEXTS] == found
    if "lexrank_threshold" not in config:  # a few similar sentences are each other's neighbours by either
        assert found != scores(make_untrained(**config))
    nlp.to_disk(tmp_path / "saved")
    assert scores(spacy.load(tmp_path / "saved")) == found


def test_an_encoder_of_its_own_is_saved(bert_folder: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    own = {"@architectures": "spacy-bert-ext.BertEncoder.v1", **encoder_config(bert_folder)["model"]}
    config = {"method": "centroid", "similarity": "vectors", "model": {"encoder": own}}
    nlp.add_pipe("bert_summarizer", config=config)
    nlp.initialize()
    found = scores(nlp)
    nlp.to_disk(tmp_path / "saved")
    assert scores(spacy.load(tmp_path / "saved")) == found


def test_vectors_need_an_encoder() -> None:
    nlp = make_untrained(similarity="vectors")
    with raises_code("B020", match="bert_summarizer"):
        nlp("Cats sleep.")
    with raises_code("B465", match="similarity"):
        make_untrained().get_pipe("bert_summarizer").model.predict([])


def test_there_is_nothing_to_explain() -> None:
    nlp = make_untrained()
    sentence = next(nlp("Cats sleep. Fish swim.").sents)
    with raises_code("B300", match="'bert_summarizer'.*`explained`"):
        nlp.get_pipe("bert_summarizer").explain(sentence)


def test_it_learns_nothing_beside_others(bert_folder: str) -> None:
    nlp = make_untrained(bert_folder, similarity="both", initialize=False)
    nlp.add_pipe("bert_textcat")
    examples = make_examples(nlp, gold_sentences=True)
    for eg, label in zip(examples, "ABA"):
        eg.reference.cats = {"A": float(label == "A"), "B": float(label == "B")}
    nlp.initialize(lambda: examples)
    before = scores(nlp)
    losses = nlp.update(examples, sgd=adamw())
    assert losses["bert_textcat"] > 0 and "bert_summarizer" not in losses
    assert scores(nlp) != before  # by the encoder's new weights


def test_over_tfidf_it_holds_no_vectors(bert_folder: str) -> None:
    nlp = make_untrained(bert_folder)
    encoder = nlp.get_pipe("bert_encoder")
    docs = list(nlp.pipe(TEXTS))
    assert docs and encoder.listening_components == [] and encoder.shared.in_flight.n_held == 0


def test_it_has_no_answers_about_what_is_learned(bert_folder: str) -> None:
    nlp = make_untrained(bert_folder)
    pipe = nlp.get_pipe("bert_summarizer")
    with raises_code("B300", match="confidence"):
        calibrate(nlp, make_examples(nlp), components=["bert_summarizer"])
    with raises_code("B300", match="exported"):
        pipe.exported()
    assert not pipe.is_trainable


def test_evaluation_by_gold_summaries() -> None:
    nlp = make_untrained(ratio=0.4)
    found = nlp.evaluate(make_examples(nlp))
    assert 0 < found["summary_sents_f"] < 1
