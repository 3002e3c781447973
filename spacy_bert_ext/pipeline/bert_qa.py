"""Answers to questions: scores of pieces → the best span of each text → `doc.spans` and `span._.score`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab

from ..errors import Errors, Warnings
from ..explanation.explained import Explained
from ..heads.model import head_module_of
from ..heads.module import HeadModule
from ..heads.question_answerer import QuestionAnswererModel, check_answerer
from ..losses.answer_losses import loss_of_answers
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..pieces.tokens import have_tokens
from ..questions.answer_scores import AnswerScores
from ..questions.predicted import PredictedAnswers
from ..questions.text_scores import squad_words
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_number, from_0_to_1
from ..types import Scorer
from .answers import GoldSummary, GoldWords
from .confidence import Confidence
from .decisions import Decisions
from .exported import Exported, export_question_answerer
from .gold_faults import warn_of_gold
from .questions.asking import Questions, checked_answer_scores, read_questions
from .questions.asking_head import AskingHead
from .questions.confidence import confidence_of_answers, decisions_of_answers, judged
from .questions.explaining import explained_answer
from .questions.gold import check_answers, count_answers, gold_answers, questions_to_learn, summarize_answers
from .questions.writing import write_answers
from .scores import define_score, get_score


class BertQuestionAnswerer(AskingHead):
    """Finds the answer to each question in the text, or that there is none.

    questions (Mapping[str, str]): By name: asked of every Doc that has no `doc._.questions`.
    spans_key (str): Of the group in `doc.spans`, in gold and predicted Docs; the label of an answer is the question's
        name. Gold Docs without the group are not annotated; several spans of one label are several right answers.
    max_answer_tokens (int): Of the longest answers that are found; 1 or more.
    threshold (float): From 0 to 1: probability of the best answer against no answer from which on it is given.
    """

    gold_words = GoldWords("answers", "Set `doc.spans` and `doc._.questions` of the training Docs.")

    def __init__(
        self,
        vocab: Vocab,
        model: QuestionAnswererModel,
        name: str = "bert_qa",
        *,
        questions: Questions | Sequence[str],
        spans_key: str,
        max_answer_tokens: int,
        threshold: float,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_number("threshold", threshold, from_0_to_1, "from 0 to 1")
        check_answerer(model)
        if controls.class_weights is not None:
            raise ValueError(Errors.B437.format(name=name, found=controls.class_weights))
        self._configured = read_questions(questions, f"`questions` of '{name}'")
        super().__init__(
            vocab,
            model,
            name,
            controls=controls,
            scorer=scorer,
            spans_key=spans_key,
            threshold=threshold,
            temperature=1.0,
            questions=None,
        )
        self.max_answer_tokens = max_answer_tokens

    def define_extensions(self) -> None:
        super().define_extensions()
        define_score()

    # Training

    @in_own_surroundings
    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:
        """Make new weights.

        RAISES (ValueError): No question is annotated, or there is no encoder, or one whose windows tell nothing of no
            answer.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        gold = count_answers(get_examples(), self.key, self.questions, int(self.max_answer_tokens))
        if not gold.questions:
            others = gold.hint(self.key)
            raise ValueError(
                Errors.B438.format(name=self.name, n_examples=gold.n_examples, key=self.key, others=others)
            )
        warn_of_gold(Warnings.B441, gold.misaligned, gold.n_answers, self.name)
        self.upstream.name_listeners()
        self.model.initialize()
        self.check_window_pooling()
        self.cfg["temperature"] = 1.0  # what was found belongs to the weights before
        self.upstream.join()

    def get_loss(self, examples: Iterable[Example], scores: Any) -> Loss:
        """scores (AnswerScores): What the model gives for `reading_to_learn`."""
        examples = list(examples)
        for eg in examples:
            self.check_gold(eg)
        if isinstance(scores, PredictedAnswers):
            scores = scores.scores
        scores = checked_answer_scores(scores, self.reading_to_learn(examples), self.name)
        return loss_of_answers(scores, gold_answers(examples, scores, self.key), self.controls)

    # Prediction

    @in_own_surroundings
    def decode(self, raw_scores: AnswerScores) -> PredictedAnswers:
        return self.decode_best(raw_scores, 1, self.threshold)

    def set_annotations(self, docs: Sequence[Doc], predicted: PredictedAnswers) -> None:
        scores = predicted.scores
        texts = [doc for doc, n_pairs in zip(docs, predicted.pairs_per_doc.tolist()) for _ in range(n_pairs)]
        if not have_tokens(texts, scores.tokens_per_pair, scores.tokens):  # merged or split since
            predicted = self.predict(docs)
        write_answers(docs, predicted, self.key)

    # Answers to commands

    def check_gold(self, eg: Example) -> None:
        check_answers(eg, self.key, self.questions, self.name)

    def is_annotated(self, gold: Doc) -> bool:
        return bool(questions_to_learn(gold, self.key, self.questions))

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        counts = count_answers(examples, self.key, self.questions, int(self.max_answer_tokens))
        return summarize_answers(counts, self.questions)

    def confidence(self, raw_scores: Sequence[AnswerScores], examples: Sequence[Example]) -> Confidence:
        max_tokens = int(self.max_answer_tokens)
        buffers = judged(raw_scores, examples, key=self.key, default=self.questions, max_tokens=max_tokens)
        return confidence_of_answers(buffers, max_tokens)

    def decisions(self, raw_scores: Sequence[AnswerScores], examples: Sequence[Example]) -> Decisions:
        max_tokens = int(self.max_answer_tokens)
        buffers = judged(raw_scores, examples, key=self.key, default=self.questions, max_tokens=max_tokens)
        words_of = getattr(self.scorer, "words_of", squad_words)
        return decisions_of_answers(buffers, self.temperature(), words_of)

    def explained(self, text: Doc | Span, label: str | None, raw_scores: AnswerScores) -> Explained:
        asked = raw_scores.names[0]
        if label not in (None, asked):
            raise ValueError(Errors.B391.format(name=self.name, label=label, labels=asked))
        max_tokens, temperature = int(self.max_answer_tokens), self.temperature()
        return explained_answer(text, raw_scores, max_tokens=max_tokens, temperature=temperature)

    @property
    def explained_labels(self) -> Sequence[str]:
        """The names of the questions that are asked of every Doc."""
        return tuple(self.questions)

    def explained_parts(self, doc: Doc) -> Sequence[Span]:
        return [span for span in doc.spans.get(self.key, ()) if get_score(span) is not None]

    def exported(self) -> Exported:
        return export_question_answerer(head_module_of(self.model))

    def use_checkpoint_head(self, module: HeadModule, labels: Sequence[str], names: Sequence[str]) -> None:
        self._use_module(module)
        self.upstream.join()

    # Files

    def check_calibration(self, settings: dict[str, Any]) -> None:
        """RAISES (ValueError): As there; or what is saved beside it, the threshold or the questions, was edited so."""
        super().check_calibration(settings)
        check_number("threshold", settings.get("threshold", self.cfg["threshold"]), from_0_to_1, "from 0 to 1")
        if settings.get("questions") is not None:
            read_questions(settings["questions"], "its `questions`")
