"""What a head does not answer is refused by a code that names it."""

from collections.abc import Callable

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.pipeline.answers import HeadAnswers, NoAnswerError, answers, heads_of
from spacy_bert_ext.pipeline.bert_head import BertHead
from spacy_bert_ext.pipeline.bert_ner import BertNER
from spacy_bert_ext.pipeline.bert_textcat import BertMultilabelTextCategorizer, BertTextCategorizer
from tests.annotated import ENTITIES, TEXTS
from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS


class Silent(HeadAnswers):
    name = "silent"


QUESTIONS: dict[str, Callable[[HeadAnswers], object]] = {
    "is_annotated": lambda head: head.is_annotated(spacy.blank("en")("a")),
    "summarize_gold": lambda head: head.summarize_gold([]),
    "confidence": lambda head: head.confidence([], []),
    "annotated_scores": lambda head: head.annotated_scores([], []),
    "explained_parts": lambda head: head.explained_parts(spacy.blank("en")("a")),
    "exported": lambda head: head.exported(),
    "use_checkpoint_head": lambda head: head.use_checkpoint_head(None, [], []),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_not_answered_is_refused(question: str) -> None:
    with raises_code("B300", NoAnswerError, match=f"'silent'.*Silent does not implement `{question}`"):
        QUESTIONS[question](Silent())
    assert not answers(Silent(), question) and not answers(object(), question)


def test_there_is_nothing_to_refuse_by_default() -> None:
    doc = Doc(spacy.blank("en").vocab, words=["a"], tags=["X"])
    Silent().check_gold(Example(doc, doc))


@pytest.mark.parametrize("kind", [BertNER, BertTextCategorizer, BertMultilabelTextCategorizer])
def test_our_heads_answer_everything(kind: type[BertHead]) -> None:
    head = kind.__new__(kind)
    unanswered = [question for question in ("check_gold", *QUESTIONS) if not answers(head, question)]
    assert unanswered == ([] if kind is BertMultilabelTextCategorizer else ["annotated_scores"])


def test_heads_are_what_can_be_asked(shared_trained: Language) -> None:
    assert list(heads_of(shared_trained)) == list(HEADS)
    with shared_trained.select_pipes(disable=[HEADS[0]]):
        assert list(heads_of(shared_trained)) == list(HEADS[1:])


def test_what_is_explained_is_what_was_predicted(trained: Language) -> None:
    trained.add_pipe("entity_ruler", last=True).add_patterns([{"label": "GPE", "pattern": "visited"}])
    doc, blank = trained(TEXTS[0]), trained(" \n")
    ner, textcat, multilabel, spancat = heads_of(trained).values()
    assert [ent.label_ for ent in doc.ents] == ["PERSON", "GPE", "PERSON", "GPE"]
    assert [(span.text, span.label_) for span in ner.explained_parts(doc)] == ENTITIES[0]
    assert textcat.explained_parts(doc) == [doc] == multilabel.explained_parts(doc)
    assert list(spancat.explained_parts(doc)) == list(doc.spans["sc"])
    assert list(ner.explained_parts(blank)) == list(textcat.explained_parts(blank)) == []
