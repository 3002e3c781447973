"""A head that reads questions beside its Docs, and answers those that it is asked by calls."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from spacy.tokens import Doc, Span
from spacy.training import Example

from ...encoder.shim import encoder_shim_of
from ...errors import Errors
from ...heads.question_answerer import AskedTexts
from ...questions.answer_scores import AnswerScores, concatenated, no_scores
from ...questions.predicted import PredictedAnswers, predicted_answers
from ...runtime.memory import advice_for_head
from ...runtime.surroundings import in_own_surroundings
from ...settings import NumberSetting, check_number, check_whole_number, from_0_to_1, is_whole_number
from ...sharing.listener import model_of
from ..calibrated_head import CalibratedHead
from .asking import QUESTIONS, Questions, ask, chunks, define_questions, questions_of, read_questions
from .explaining import question_to_explain
from .gold import questions_to_learn
from .writing import write_scores

FIRST = "first"  # `window_pooling`: a window's vector is that of its first special piece


class AskingHead(CalibratedHead):
    """Reads each question beside its Doc, in windows of both.

    cfg has `spans_key`, `threshold`, `temperature`, and `questions`: None, or those that were set after the component
    was made.

    max_answer_tokens: 1 or more.
    """

    given: ClassVar[tuple[str, ...]] = (QUESTIONS,)
    max_answer_tokens = NumberSetting(lambda n: is_whole_number(n) and n >= 1, "a whole number of 1 or more")
    _configured: Questions

    def define_extensions(self) -> None:
        super().define_extensions()
        define_questions()

    @property
    def key(self) -> str:
        """Of the group in `doc.spans`."""
        return str(self.cfg["spans_key"])

    @property
    def questions(self) -> Questions:
        """Asked of every Doc that has none of its own, by name. They may be set at any time."""
        found: Questions | None = self.cfg["questions"]
        return self._configured if found is None else found

    @questions.setter
    def questions(self, questions: Questions | Sequence[str]) -> None:
        self.cfg["questions"] = dict(read_questions(questions, f"`questions` of '{self.name}'"))

    @property
    def threshold(self) -> float:
        """RAISES (ValueError): `cfg["threshold"]` is not a number from 0 to 1."""
        threshold: float = self.cfg["threshold"]
        check_number("threshold", threshold, from_0_to_1, "from 0 to 1")
        return threshold

    # What the encoder reads

    def reading(self, docs: Sequence[Doc]) -> AskedTexts:
        """RAISES (ValueError): `doc._.questions` are none."""
        return ask(docs, [questions_of(doc, self.questions) for doc in docs])

    def reading_to_learn(self, examples: Sequence[Example]) -> AskedTexts:
        questions = [questions_to_learn(eg.reference, self.key, self.questions) for eg in examples]
        return ask([eg.predicted for eg in examples], questions)

    def reading_to_explain(self, text: Doc | Span, label: str | None = None) -> AskedTexts:
        question = question_to_explain(text, label, default=self.questions, name=self.name)
        return ask([text.doc if isinstance(text, Span) else text], [question])

    @in_own_surroundings
    def raw_scores(self, docs: Sequence[Doc]) -> AnswerScores:
        self.require_weights()
        return self.scores_of(self.reading(docs))

    def scores_of(self, asked: AskedTexts) -> AnswerScores:
        """Of any number of pairs, of which a bounded number has vectors at once."""
        parts = [self.model.predict(part) for part in chunks(asked)]
        return concatenated(parts, asked.pairs_per_doc) if parts else no_scores(asked.pairs_per_doc)

    def decode_best(self, raw_scores: AnswerScores, n_best: int, threshold: float) -> PredictedAnswers:
        self.check_scores(raw_scores.pieces.detach().cpu().numpy(), raw_scores.windows.detach().cpu().numpy())
        return predicted_answers(
            raw_scores,
            max_tokens=int(self.max_answer_tokens),
            threshold=threshold,
            temperature=self.temperature(),
            n_best=n_best,
        )

    def require_weights(self) -> None:
        """RAISES (ValueError): The head has none, or its encoder's windows have no vector that tells of no answer."""
        super().require_weights()
        self.check_window_pooling()

    def check_window_pooling(self) -> None:
        """RAISES (ValueError): The vector of a window is not that of its first special piece."""
        found = encoder_shim_of(model_of(self.model.get_ref("encoder"))).settings.window_pooling
        if found != FIRST:
            raise ValueError(Errors.B430.format(name=self.name, found=found))

    # Questions that are asked by calls

    def answer(self, doc: Doc, question: str, n_best: int = 3, *, threshold: float | None = None) -> list[Span]:
        """The best answers to a question, the best one first, whose `span._.score` is their probability.

        The label of each is the question. The Doc is changed in nothing but the scores.

        question (str): Or the name of one that the Doc is asked.
        n_best (int): How many at most. None shares a token with a better one.
        threshold (float): From 0 to 1, see the setting. None for the component's; with 0 there are always answers.
        RETURNS (List[Span]): None of them if the text has no answer.
        RAISES (ValueError): An empty question, or one that leaves no room for the text in a window.
        """
        return self.answer_many([(doc, question)], n_best, threshold=threshold)[0]

    @in_own_surroundings
    def answer_many(
        self, pairs: Iterable[tuple[Doc, str]], n_best: int = 1, *, threshold: float | None = None
    ) -> list[list[Span]]:
        """The best answers to each question, in shared batches. See `answer`.

        pairs (Iterable[Tuple[Doc, str]]): Of which a bounded number has vectors at once.
        """
        check_whole_number("n_best", n_best, 1)
        if threshold is not None:
            check_number("threshold", threshold, from_0_to_1, "from 0 to 1")
        self.require_weights()
        docs, questions = [], []
        for pair in pairs:
            doc, question = _checked(pair, self.name)
            docs.append(doc)
            questions.append(self._asked(doc, question))
        with advice_for_head(self.name, docs):
            found = self.decode_best(
                self.scores_of(ask(docs, questions)), n_best, self.threshold if threshold is None else threshold
            )
        return [write_scores(doc, name, of_pair) for doc, name, of_pair in zip(docs, found.names, found.answers)]

    def _asked(self, doc: Doc, question: str) -> Questions:
        """The question by its name, if it is the name of one."""
        known = questions_of(doc, self.questions)
        if question in known:
            return {question: known[question]}
        return read_questions([question], f"the question to the Doc {doc.text[:50]!r}")

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        return super().score(examples, **{"questions": self.questions, **kwargs})


def _checked(pair: object, name: str) -> tuple[Doc, str]:
    """RAISES (ValueError): It is no pair of a Doc and a question. name (str): Of the component."""
    if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], Doc) and isinstance(pair[1], str):
        return pair
    parts = pair if isinstance(pair, (tuple, list)) else [pair]
    raise ValueError(Errors.B440.format(name=name, found=", ".join(type(part).__name__ for part in parts)))
