"""Answers to questions, from training to files."""

import warnings

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from spacy.util import fix_random_seed
from thinc.api import Config

from spacy_bert_ext.losses.controls import LossControls
from tests.annotated import DATA, QUESTIONS, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import adamw, encoder_config, head_of, learn, make_initialized, make_nlp

LONG = f"{TEXTS[1]} . Then {TEXTS[0]}"


@pytest.fixture(scope="module")
def trained(bert_folder):
    fix_random_seed(0)
    nlp = make_initialized(bert_folder, ("bert_qa",))
    learn(nlp, steps=60)
    return nlp


def answers_in(doc: Doc) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.spans["answers"]]


def test_it_learns_answers_and_that_there_is_none(trained):
    docs = list(trained.pipe(TEXTS))
    assert list(map(answers_in, docs)) == [
        [("Angela Merkel", "WHO"), ("Washington", "WHERE")],
        [("Manchester United", "WHO")],
        [],
    ]
    assert all(0.3 < span._.score <= 1 for doc in docs for span in doc.spans["answers"])
    scores = trained.evaluate(make_examples(trained))
    assert scores["qa_em"] == scores["qa_f1"] == scores["qa_acc_unanswered"] == 1.0
    assert (scores["qa_n_answered"], scores["qa_n_unanswered"]) == (3, 3)


def test_a_doc_with_questions_of_its_own_is_asked_these_alone(trained):
    doc = trained.make_doc(TEXTS[0])
    doc._.questions = [QUESTIONS["WHERE"]]
    assert answers_in(trained(doc)) == [("Washington", QUESTIONS["WHERE"])]
    doc._.questions = {"PLACE": QUESTIONS["WHERE"]}
    assert answers_in(trained(doc)) == [("Washington", "PLACE")]  # of the last run is nothing left
    assert doc.spans["answers"].attrs == {"questions": ["PLACE"]}
    doc._.questions = {}
    assert answers_in(trained(doc)) == []


def test_spans_of_others_stay(trained):
    doc = trained.make_doc(TEXTS[0])
    doc.spans["answers"] = [Span(doc, 0, 1, label="OTHER")]
    for _ in range(2):
        assert answers_in(trained(doc))[:2] == [("Angela", "OTHER"), ("Angela Merkel", "WHO")]


def test_questions_stay_with_docs_that_are_saved(trained):
    doc = trained.make_doc(TEXTS[0])
    doc._.questions = {"PLACE": QUESTIONS["WHERE"]}
    (loaded,) = DocBin(docs=[doc], store_user_data=True).get_docs(trained.vocab)
    assert answers_in(trained(loaded)) == [("Washington", "PLACE")]
    (annotated,) = DocBin(docs=[loaded], store_user_data=True).get_docs(trained.vocab)
    assert [(span.label_, span._.score is not None) for span in annotated.spans["answers"]] == [("PLACE", True)]


def test_a_text_has_the_same_answers_in_any_company(trained):
    texts = [*TEXTS, LONG, "", " "] * 3
    together = list(trained.pipe(texts))
    for text, doc in zip(texts, together):
        alone = trained(text)
        assert answers_in(alone) == answers_in(doc)
        assert [span._.score for span in alone.spans["answers"]] == pytest.approx(
            [span._.score for span in doc.spans["answers"]], abs=1e-6
        )


def test_one_bad_doc_does_not_stop_a_stream(trained):
    docs = [trained.make_doc(text) for text in TEXTS]
    docs[1]._.questions = [""]
    failed = []
    head = head_of(trained, "bert_qa")
    head.set_error_handler(lambda name, pipe, failing, error: failed.append((failing[0].text, str(error))))
    done = list(head.pipe(docs))
    assert [doc.text for doc in done] == [TEXTS[0], TEXTS[2]]
    assert failed[0][0] == TEXTS[1] and "[B433]" in failed[0][1]


def test_tokens_that_are_merged_meanwhile(trained):
    head = head_of(trained, "bert_qa")
    doc = trained.make_doc(TEXTS[0])
    predicted = head.predict([doc])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    head.set_annotations([doc], predicted)
    assert answers_in(doc)[0] == ("Angela Merkel", "WHO") and doc.spans["answers"][0].end == 1


def test_answers_end_at_the_borders_of_merged_tokens(trained):
    doc = trained.make_doc(TEXTS[0])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:3])
    assert all(span.start == 0 or span.start > 0 for span in trained(doc).spans["answers"])


def test_a_batch_in_which_nothing_is_annotated(trained):
    eg = make_examples(trained)[0]
    del eg.reference.spans["answers"]
    losses = trained.update([eg], sgd=adamw())
    assert losses["bert_qa"] == 0.0
    eg = make_examples(trained)[2]
    eg.reference._.questions = {}
    assert trained.update([eg], sgd=adamw())["bert_qa"] == 0.0


def test_training_twice_gives_the_same_weights(bert_folder):
    weights = []
    for _ in range(2):
        fix_random_seed(0)
        nlp = make_initialized(bert_folder, ("bert_qa",), window_pieces=24, overlap_pieces=4)
        learn(nlp, steps=3)
        weights.append(nlp.get_pipe("bert_qa").model.shims[0].module.output.weight.detach().numpy())
    assert np.array_equal(*weights)


def test_questions_of_training_docs(bert_folder):
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    nlp.add_pipe("bert_qa")
    examples = make_examples(nlp)
    for eg in examples:
        eg.reference._.questions = QUESTIONS
    nlp.initialize(lambda: examples)
    learn(nlp, examples, steps=60)
    scores = nlp.evaluate(make_examples(nlp))
    assert scores["qa_em"] is None  # nobody has asked
    assert nlp.evaluate(examples)["qa_em"] == 1.0  # predicted Docs get the questions of gold ones


def test_several_right_answers_and_such_that_no_tokens_match(bert_folder):
    nlp = make_nlp(bert_folder, ("bert_qa",))
    text, (first, *_) = TEXTS[0], DATA
    gold = Doc(nlp.vocab, words=["An", "gela", "Merkel"], spaces=[False, True, False])
    gold.spans["answers"] = [Span(gold, 1, 3, label="WHO")]
    misaligned = Example(nlp.make_doc("Angela Merkel"), gold)
    with pytest.warns(UserWarning, match=r"\[B441\].*1 of 6.*'gela Merkel'"):
        nlp.initialize(
            lambda: [
                *make_examples(nlp),
                misaligned,
                *make_examples(nlp, [(text, {"spans": {"answers": [(0, 6, "WHO"), (0, 13, "WHO")]}})]),
            ]
        )
    assert first
    head = head_of(nlp, "bert_qa")
    scores = head.model.predict(head.reading_to_learn([misaligned]))
    loss = head.get_loss([misaligned], scores)
    assert loss.weight == 1.0  # WHERE has no answer; of WHO nothing is known


def test_nothing_to_learn(bert_folder):
    nlp = make_nlp(bert_folder, ("bert_qa",))
    with raises_code("B438", match='spans\\["answers"\\].*`doc.spans\\["sc"\\]`'):
        nlp.initialize(lambda: make_examples(nlp, [(TEXTS[0], {"spans": {"sc": [(0, 6, "X")]}})]))


def test_gold_answers_to_what_is_not_asked(trained):
    eg = make_examples(trained, [(TEXTS[0], {"spans": {"answers": [(0, 13, "WHOM")]}})])[0]
    with raises_code("B436", match="WHOM.*WHO, WHERE"):
        trained.update([eg], sgd=adamw())


def test_scores_of_other_questions_are_no_scores(trained):
    head = head_of(trained, "bert_qa")
    examples = make_examples(trained)
    with raises_code("B113", match="WHO, WHERE, WHO, WHERE, WHO, WHERE.*WHO, WHERE to texts of \\[8, 8\\] tokens"):
        head.get_loss(examples, head.raw_scores([eg.predicted for eg in examples[:1]]))
    with raises_code("B113", match="\\[8, 8\\] tokens.*\\[9, 9\\] tokens"):
        head.get_loss(examples[:1], head.raw_scores([examples[1].predicted]))
    assert head.get_loss(examples, head.predict([eg.predicted for eg in examples])).weight == 6.0


def test_windows_need_a_vector_of_their_first_piece(bert_folder):
    with raises_code("B430", match="'mean'"):
        make_initialized(bert_folder, ("bert_qa",), window_pooling="mean")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"questions": {"WHO": ""}}, "B433"),
        ({"threshold": 2.0}, "B012"),
        ({"max_answer_tokens": 0}, "B012"),
        ({"loss": {"class_weights": "balanced"}}, "B437"),
    ],
)
def test_bad_settings(settings, code):
    with raises_code(code):
        spacy.blank("en").add_pipe("bert_qa", config=settings)


def test_a_model_of_another_kind(bert_folder):
    block = Config().from_str('[model]\n@architectures = "spacy-bert-ext.TextClassifier.v1"\n')["model"]
    block["encoder"] = {"@architectures": "spacy-bert-ext.EncoderListener.v1"}
    nlp = spacy.blank("en")
    nlp.config["components"]["x"] = {"factory": "bert_qa", "model": block}
    model = spacy.registry.resolve({"model": block})["model"]
    from spacy_bert_ext.pipeline.bert_qa import BertQuestionAnswerer

    with raises_code("B431"):
        BertQuestionAnswerer(
            nlp.vocab,
            model,
            questions={},
            spans_key="answers",
            max_answer_tokens=3,
            threshold=0.5,
            controls=LossControls(),
            scorer=None,
        )


def test_files_keep_weights_calibration_and_questions_that_were_set_later(trained, tmp_path):
    head = head_of(trained, "bert_qa")
    try:
        head.cfg.update(temperature=2.0, threshold=0.25)
        trained.to_disk(tmp_path / "before")
        head.questions = [QUESTIONS["WHERE"]]
        trained.to_disk(tmp_path / "after")
    finally:
        head.cfg.update(temperature=1.0, threshold=0.5, questions=None)
    loaded = spacy.load(tmp_path / "before")
    assert dict(head_of(loaded, "bert_qa").questions) == QUESTIONS
    assert head_of(loaded, "bert_qa").cfg["threshold"] == 0.25
    assert answers_in(loaded(TEXTS[0])) == [("Angela Merkel", "WHO"), ("Washington", "WHERE")]
    given = spacy.load(tmp_path / "before", config={"components": {"bert_qa": {"questions": {"X": QUESTIONS["WHO"]}}}})
    assert ("Angela Merkel", "X") in answers_in(given(TEXTS[0]))  # beside the others: tables are merged
    assert answers_in(spacy.load(tmp_path / "after")(TEXTS[0])) == [("Washington", QUESTIONS["WHERE"])]


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"threshold": 7}, {"questions": {"A": ""}}])
def test_saved_settings_that_make_no_sense(trained, settings):
    head = head_of(trained, "bert_qa")
    before = dict(head.cfg)
    try:
        head.cfg.update(settings)
        data = head.to_bytes()
    finally:
        head.cfg.update(before)
    with pytest.raises(ValueError, match="can't be right"):
        head.from_bytes(data)


def test_an_encoder_of_its_own(trained):
    nlp = spacy.blank("en")
    nlp = spacy.util.load_model_from_config(trained.config, vocab=True).from_bytes(trained.to_bytes())
    nlp.replace_listeners("bert_encoder", "bert_qa", ["model.encoder"])
    nlp.remove_pipe("bert_encoder")
    assert answers_in(nlp(TEXTS[0])) == [("Angela Merkel", "WHO"), ("Washington", "WHERE")]


def test_pieces_of_texts(bert_folder):
    nlp = make_initialized(bert_folder, ("bert_qa",), pieces_from="text", window_pieces=24, overlap_pieces=8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learn(nlp, steps=60)
    assert answers_in(nlp(TEXTS[0])) == [("Angela Merkel", "WHO"), ("Washington", "WHERE")]


def test_doctor_is_told_what_cannot_be_learned(trained):
    head = head_of(trained, "bert_qa")
    head.max_answer_tokens = 1
    try:
        summary = head.summarize_gold(make_examples(trained))
    finally:
        head.max_answer_tokens = 30
    assert summary.counts == {"WHO": 3, "WHERE": 3} and summary.n_unannotated == 0
    assert [(fault.fault, fault.n_of) for fault in summary.faults] == [("are longer than `max_answer_tokens`", 3)]
    assert head.is_annotated(make_examples(trained)[2].reference)
    assert not head.is_annotated(trained.make_doc("none"))


def test_explained_answers(trained):
    doc, head = trained(TEXTS[0]), head_of(trained, "bert_qa")
    spans = head.explained_parts(doc)
    assert [span.label_ for span in spans] == ["WHO", "WHERE"]
    for span in spans:
        found = head.explain(span, method="occlusion")
        assert found.label == span.label_ and found.probability == pytest.approx(span._.score, abs=1e-5)
        assert found.value == pytest.approx(np.log(span._.score / (1 - span._.score)), abs=1e-3)


def test_any_span_is_explained_as_the_answer_to_a_question(trained):
    doc, head = trained.make_doc(TEXTS[0]), head_of(trained, "bert_qa")
    found = head.explain(doc[0:2], label="WHO", method="occlusion")
    assert (found.label, found.target) == ("WHO", (0, 2)) and found.probability > 0.3
    assert head.explain(doc[0:2], label="WHERE", method="occlusion").probability < 0.3
    with raises_code("B391", match="'WHAT'.*WHO, WHERE"):
        head.explain(doc[0:2], label="WHAT")
    with raises_code("B391", match="label ''.*WHO, WHERE"):
        head.explain(doc[0:2])
