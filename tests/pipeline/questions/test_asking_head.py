"""Questions that are asked by calls."""

import pytest
from spacy.util import fix_random_seed

from spacy_bert_ext.pipeline.questions import asking_head
from tests.annotated import QUESTIONS, TEXTS
from tests.coded import raises_code
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import head_of, learn, make_initialized


@pytest.fixture(scope="module")
def trained(bert_folder):
    fix_random_seed(0)
    nlp = make_initialized(bert_folder, ("bert_qa",))
    learn(nlp, steps=60)
    return nlp


@pytest.fixture
def head(trained):
    return head_of(trained, "bert_qa")


def shown(spans) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in spans]


def test_the_best_answers(trained, head):
    doc = trained.make_doc(TEXTS[0])
    spans = head.answer(doc, QUESTIONS["WHERE"])
    assert shown(spans)[0] == ("Washington", QUESTIONS["WHERE"]) and len(spans) == 3
    scores = [span._.score for span in spans]
    assert scores == sorted(scores, reverse=True) and sum(scores) < 1
    taken = [token.i for span in spans for token in span]
    assert len(set(taken)) == len(taken)
    assert "answers" not in doc.spans and doc._.questions is None
    assert shown(head.answer(doc, "WHERE", 1)) == [("Washington", "WHERE")]  # by its name


def test_an_answer_is_that_of_the_pipeline(trained, head):
    doc = trained(TEXTS[0])
    for span in doc.spans["answers"]:
        (found,) = head.answer(doc, span.label_, 1)
        assert (found.start, found.end, found._.score) == (span.start, span.end, pytest.approx(span._.score, abs=1e-6))


def test_no_answer_unless_the_threshold_is_0(trained, head):
    doc = trained.make_doc(TEXTS[2])
    assert head.answer(doc, "WHO") == []
    assert 1 <= len(head.answer(doc, "WHO", threshold=0)) <= 3
    assert head.answer(trained.make_doc(TEXTS[0]), "WHO", threshold=1) == []
    assert head.answer(trained.make_doc(""), "WHO", threshold=0) == []


def test_many_pairs_in_shared_batches_and_in_chunks(trained, head, monkeypatch):
    docs = list(trained.pipe(TEXTS))
    pairs = [(doc, question) for doc in docs for question in QUESTIONS.values()] * 2
    with counted_passes() as passes:
        found = head.answer_many(iter(pairs))
    assert passes.n == 1
    assert [[span.text for span in spans] for spans in found[:6]] == [
        ["Angela Merkel"],
        ["Washington"],
        ["Manchester United"],
        [],
        [],
        [],
    ]
    assert list(map(shown, found[6:])) == list(map(shown, found[:6]))
    monkeypatch.setattr(asking_head, "chunks", lambda asked: asking_head_chunks(asked, 40))
    with counted_passes() as passes:
        again = head.answer_many(pairs)
    assert passes.n > 3 and list(map(shown, again)) == list(map(shown, found))
    assert head.answer_many([]) == []


asking_head_chunks = asking_head.chunks


def test_bad_questions(trained, head):
    doc = trained.make_doc(TEXTS[0])
    with raises_code("B433", match="Angela Merkel visited"):
        head.answer(doc, " ")
    with raises_code("B293", match="'Who who"):
        head.answer(doc, "Who " + "who " * 200)
    with raises_code("B012", match="n_best"):
        head.answer(doc, "WHO", 0)
    with raises_code("B012", match="threshold"):
        head.answer(doc, "WHO", threshold=2)
    for pair in (doc, (doc,), (doc, 3), ("text", "Who?")):
        with raises_code("B440", match="'bert_qa' was given"):
            head.answer_many([pair])


def test_questions_are_checked_when_they_are_set(head):
    with raises_code("B433"):
        head.questions = {"A": ""}
    assert dict(head.questions) == QUESTIONS


def test_settings_that_were_set_to_nonsense(trained, head):
    for name, value in (("temperature", 0), ("threshold", "high")):
        before = head.cfg[name]
        try:
            head.cfg[name] = value
            with pytest.raises(ValueError, match=name):
                trained(TEXTS[0])
        finally:
            head.cfg[name] = before
