"""Entities, spans, categories, a summary and two questions on one encoder: how often that reads the Docs."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from tests.annotated import QUESTIONS, TEXTS, make_examples
from tests.pipeline.gradients import ORDERS, Recorder
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import encoder_config, encoder_of

FIVE = ("bert_ner", "bert_spancat", "bert_textcat", "bert_summarizer", "bert_qa")


@pytest.fixture(scope="module")
def five(bert_folder: str) -> Language:
    """Not to be changed."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    for head in FIVE:
        nlp.add_pipe(head, config={"questions": QUESTIONS} if head == "bert_qa" else {})
    nlp.initialize(lambda: five_examples(nlp))
    return nlp


def five_examples(nlp: Language) -> list[Example]:
    """With the first sentence as a summary."""
    examples = make_examples(nlp)
    for eg in examples:
        for doc in (eg.reference, eg.predicted):
            doc[0].is_sent_start = True
            for token in doc[1:]:
                token.is_sent_start = False
        eg.reference.spans["summary"] = [eg.reference[:]]
    return examples


def test_docs_are_read_once_and_questions_once_more(five: Language) -> None:
    """All questions of all Docs are read together."""
    with counted_passes() as passes:
        docs = list(five.pipe(TEXTS))
    assert (passes.n, passes.n_readings) == (2, 1)
    assert encoder_of(five).shared.in_flight.n_held == 0
    for doc in docs:
        assert {"sc", "summary", "answers"} <= doc.spans.keys() and len(doc.cats) == 3 and doc._.summary
        assert all(0 < sentence._.summary_score < 1 for sentence in doc.sents)


def test_without_questions_there_is_one_pass(five: Language) -> None:
    docs = [five.make_doc(text) for text in TEXTS]
    for doc in docs:
        doc._.questions = {}
    with counted_passes() as passes:
        list(five.pipe(docs))
    assert (passes.n, passes.n_readings) == (1, 0)


@pytest.mark.parametrize("order", ORDERS)
def test_a_training_step_reads_as_often(five: Language, order) -> None:
    with counted_passes() as passes:
        order(five, [five_examples(five)], Recorder(), ["sentencizer"])
        encoder_of(five).shared.complete_step()
    assert (passes.n, passes.n_readings) == (2, 1)


def annotated_for(head: str, eg: Example) -> Example:
    """The example with what this head learns from, and nothing else."""
    gold = Doc(eg.reference.vocab, words=[token.text for token in eg.reference])
    keys = {"bert_spancat": "sc", "bert_summarizer": "summary", "bert_qa": "answers"}
    if head == "bert_ner":
        gold.ents = [Span(gold, ent.start, ent.end, label=ent.label) for ent in eg.reference.ents]
    elif head == "bert_textcat":
        gold.cats = dict(eg.reference.cats)
    else:
        spans = eg.reference.spans[keys[head]]
        gold.spans[keys[head]] = [Span(gold, span.start, span.end, label=span.label) for span in spans]
    return Example(eg.predicted, gold)


def test_a_head_learns_from_docs_that_are_annotated_for_it(five: Language) -> None:
    """So corpora of several heads can be put together."""
    examples = [annotated_for(head, five_examples(five)[0]) for head in FIVE]
    losses = five.update(examples, sgd=Recorder())
    assert all(losses[head] > 0 for head in FIVE)
    for eg, head in zip(examples, FIVE):
        losses = five.update([eg], sgd=Recorder())
        assert [name for name in FIVE if losses[name] > 0] == [head]
