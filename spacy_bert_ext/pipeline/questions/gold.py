"""Gold answers: spans in `doc.spans`, whose labels are the names of questions.

Several spans of one label are several right answers to its question. A question without a span has no answer in the
text. A Doc without the group is not annotated.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from spacy.tokens import Doc, Span
from spacy.training import Example

from ...arrays.ragged import rows_of
from ...errors import Errors
from ...losses.answer_losses import NO_ANSWER, GoldAnswers
from ...questions.answer_scores import AnswerScores
from ..answers import GoldFault, GoldSummary
from ..gold_faults import misaligned, other_groups
from ..spans.gold import aligned
from .asking import Questions, questions_of

NO_QUESTION: Questions = {}
ANSWERED, UNANSWERED = "answered", "without an answer"


@dataclass
class AnswerCounts:
    """What some examples have annotated.

    questions: How often each question is annotated.
    n_unanswered: Annotated questions without an answer.
    n_answers: Gold spans.
    n_unannotated: Docs without the group, or without questions.
    other_keys: Those of groups that such Docs have.
    misaligned: Answers that no run of predicted tokens matches.
    too_long: Answers of more tokens than are found.
    unasked: Labels of answers to what is not asked.
    """

    n_examples: int = 0
    questions: Counter[str] = field(default_factory=Counter)
    n_unanswered: int = 0
    n_answers: int = 0
    n_unannotated: int = 0
    other_keys: set[str] = field(default_factory=set)
    misaligned: list[Span] = field(default_factory=list)
    too_long: list[Span] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    def add(self, eg: Example, key: str, default: Questions, max_tokens: int) -> None:
        self.n_examples += 1
        asked = questions_to_learn(eg.reference, key, default)
        if not asked:
            self.n_unannotated += 1
            self.other_keys.update(eg.reference.spans)
            return
        self.questions.update(list(asked))
        spans = list(eg.reference.spans[key])
        labels = {span.label_ for span in spans}
        self.n_unanswered += len([name for name in asked if name not in labels])
        self.n_answers += len(spans)
        self.unasked += sorted(labels - set(asked))
        for span in spans:
            place = aligned(eg, span)
            if place is None:
                self.misaligned.append(span)
            elif place[1] - place[0] >= max_tokens:
                self.too_long.append(span)

    def hint(self, key: str) -> str:
        """What to annotate if there is nothing."""
        return other_groups(self.other_keys - {key})


def questions_to_learn(gold: Doc, key: str, default: Questions) -> Questions:
    """The questions of a gold Doc whose answers are annotated."""
    return questions_of(gold, default) if key in gold.spans else NO_QUESTION


def count_answers(examples: Iterable[Example], key: str, default: Questions, max_tokens: int) -> AnswerCounts:
    """default (Questions): Of Docs that have none of their own. max_tokens (int): Of an answer that is found."""
    counts = AnswerCounts()
    for eg in examples:
        counts.add(eg, key, default, max_tokens)
    return counts


def summarize_answers(counts: AnswerCounts, default: Questions) -> GoldSummary:
    """How often each question is annotated. Where Docs have questions of their own, such as those of SQuAD, no two of
    which are alike: how many have an answer.

    default (Questions): Of Docs that have none of their own.
    """
    n_questions = counts.questions.total()
    answered = Counter({ANSWERED: n_questions - counts.n_unanswered, UNANSWERED: counts.n_unanswered})
    by_name = counts.questions if counts.questions.keys() <= default.keys() else +answered
    faults = [
        misaligned(counts.misaligned, counts.n_answers),
        GoldFault(
            [repr(span.text) for span in counts.too_long],
            "are longer than `max_answer_tokens`",
            "They are learned, but never found. Raise `max_answer_tokens`.",
            counts.n_answers,
        ),
        GoldFault(
            counts.unasked,
            "are labels of answers, but no questions",
            "They are refused in training. Give the question to `doc._.questions` or to the setting `questions`.",
        ),
    ]
    return GoldSummary(by_name, counts.n_unannotated, [fault for fault in faults if fault.items])


def check_answers(eg: Example, key: str, default: Questions, name: str) -> None:
    """RAISES (ValueError): An answer to a question that is not asked, or questions that are none."""
    asked = questions_to_learn(eg.reference, key, default)
    for span in eg.reference.spans.get(key, ()):
        if span.label_ not in asked:
            shown = ", ".join(asked) or "none"
            raise ValueError(Errors.B436.format(name=name, label=span.label_, key=key, text=span.text, questions=shown))


def answers_of(gold: Doc, key: str, name: str) -> list[Span]:
    """The right answers to a question."""
    return [span for span in gold.spans.get(key, ()) if span.label_ == name]


def gold_answers(examples: Sequence[Example], scores: AnswerScores, key: str) -> GoldAnswers:
    """The first answer of each pair that predicted tokens match. Pairs whose answers they don't are not learned from.

    examples: One for each Doc of the scores.
    """
    first, last = (np.full(scores.n_pairs, NO_ANSWER) for _ in range(2))
    is_annotated = np.ones(scores.n_pairs, dtype=bool)
    for i, (at, name) in enumerate(zip(rows_of(scores.pairs_per_doc).tolist(), scores.names)):
        eg = examples[at]
        spans = answers_of(eg.reference, key, name)
        places = [place for span in spans if (place := answer_tokens(eg, span, scores, i)) is not None]
        is_annotated[i] = key in eg.reference.spans and bool(places) == bool(spans)
        if places:
            first[i], last[i] = scores.first_pieces[places[0][0]], scores.last_pieces[places[0][1]]
    return GoldAnswers(first, last, is_annotated)


def answer_tokens(eg: Example, span: Span, scores: AnswerScores, pair: int) -> tuple[int, int] | None:
    """First and last token of an answer, among the tokens of all pairs, without blank ones at its ends; None if the
    predicted tokens don't match it, or are all blank.
    """
    place = aligned(eg, span)
    if place is None:
        return None
    begin = int(scores.token_starts[pair])
    tokens = begin + np.arange(place[0], place[1] + 1)
    tokens = tokens[scores.taggable[tokens]]
    return (int(tokens[0]), int(tokens[-1])) if len(tokens) else None
