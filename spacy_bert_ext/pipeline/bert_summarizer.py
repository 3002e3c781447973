"""Trained summaries: scores of sentences → probabilities → `doc.spans`, `span._.summary_score`."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Optimizer

from ..errors import Errors, Warnings
from ..explanation.explained import Explained
from ..heads.sentence_classifier import SentenceClassifierModel, sentence_head_of, sentence_module_of
from ..losses.category_losses import independent_categories
from ..losses.controls import LossControls, balanced_positives
from ..losses.loss import Loss
from ..losses.priors import log_odds
from ..pieces.sentences import Sentences
from ..ranking.sentence_scores import SentenceScores
from ..runtime.surroundings import in_own_surroundings
from ..types import Scorer
from .calibrated_head import CalibratedHead
from .confidence import Confidence, confidence_of_each
from .gold_faults import warn_of_gold
from .scores_of_tokens import checked_scores
from .summaries.explaining import explained_sentence
from .summaries.gold import count_summaries, gold_numbers, take_sentences
from .summaries.ranked import RankedDoc, Shape, ranked_docs
from .summarizer import Summarizer

IN_SUMMARY = "SUMMARY"  # the class of the loss, and what is explained


class BertSummarizer(Summarizer, CalibratedHead):
    """Learns which sentences summaries have, from `doc.spans` of gold Docs. `span._.summary_score` is the probability
    that a sentence is part of the summary.

    Liu and Lapata (2019), "Text Summarization with Pretrained Encoders".
    """

    def __init__(
        self,
        vocab: Vocab,
        model: SentenceClassifierModel,
        name: str = "bert_summarizer",
        *,
        spans_key: str,
        shape: Shape,
        overwrite: bool,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        head = sentence_head_of(model)
        controls.check_classes([IN_SUMMARY], name)
        super().__init__(
            vocab,
            model,
            name,
            spans_key=spans_key,
            shape=shape,
            overwrite=overwrite,
            controls=controls,
            scorer=scorer,
        )
        self.cfg.update(temperature=1.0, balanced_weight=None)
        head.component = name

    # Training

    @in_own_surroundings
    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:
        """Make new weights.

        RAISES (ValueError): No gold summary at all, or no encoder.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        gold = count_summaries(get_examples(), self.key, self.name)
        if not gold.n_gold:
            raise ValueError(
                Errors.B462.format(name=self.name, n_examples=gold.n_examples, annotation=gold.hint(self.key))
            )
        warn_of_gold(Warnings.B468, gold.unfit, gold.n_spans, self.name)
        self.upstream.name_listeners()
        self.model.initialize()
        positive, negative = np.array([gold.n_gold]), np.array([gold.n_other])
        weight = float(np.nan_to_num(balanced_positives(positive, negative), nan=1.0)[0])
        self.cfg.update(temperature=1.0, balanced_weight=weight if self.controls.is_balanced else None)
        sentence_module_of(self.model).start_from(log_odds(positive, negative, self.class_weights()))
        self.upstream.join()

    def class_weights(self) -> np.ndarray | None:
        """Of gold sentences in the loss, beside 1 of the others: (1,). None if it is 1, too.

        RAISES (ValueError): It was to be balanced, but the component was initialized without.
        """
        weights = self.controls.class_weights
        if self.controls.is_balanced:
            if self.cfg["balanced_weight"] is None:
                raise ValueError(Errors.B078.format(name=self.name))
            return np.array([self.cfg["balanced_weight"]])
        return np.array([weights[IN_SUMMARY]]) if isinstance(weights, dict) and weights else None

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch, see `BertHead.update`. A predicted Doc without sentences gets those of its gold Doc.

        RAISES (ValueError): A Doc has no sentences, neither predicted nor gold ones.
        """
        examples = list(examples)
        for eg in examples:
            take_sentences(eg)
        return super().update(examples, drop=drop, sgd=sgd, losses=losses)

    @in_own_surroundings
    def get_loss(self, examples: Iterable[Example], scores: SentenceScores) -> Loss:
        """The mean binary cross-entropy over the sentences of annotated Docs."""
        examples = list(examples)
        found = checked_scores(scores, SentenceScores, [eg.predicted for eg in examples], self.name)
        gold = gold_numbers(examples, _sentences(found), self.key)[:, None]
        loss = independent_categories(found.logits[:, None], gold, self.controls, self.class_weights())
        if loss.gradients is None:
            return loss
        return loss._replace(gradients=(loss.gradients[0][:, 0],))

    # Prediction

    @in_own_surroundings
    def decode(self, raw_scores: SentenceScores) -> list[RankedDoc]:
        logits = raw_scores.numbers()
        self.check_scores(logits)
        scores = np.exp(-np.logaddexp(0, -logits / self.temperature()))
        return list(ranked_docs(_sentences(raw_scores), scores))

    # Answers

    def is_annotated(self, gold: Doc) -> bool:
        return self.key in gold.spans

    def confidence(self, raw_scores: Sequence[SentenceScores], examples: Sequence[Example]) -> Confidence:
        ends = np.cumsum([len(part.tokens_per_doc) for part in raw_scores]).tolist()
        buffers = [examples[begin:end] for begin, end in zip([0, *ends], ends)]
        gold = [gold_numbers(own, _sentences(part), self.key) for own, part in zip(buffers, raw_scores)]
        logits = [part.numbers() for part in raw_scores]
        nothing = np.zeros(0)
        return confidence_of_each(np.concatenate([nothing, *logits]), np.concatenate([nothing, *gold]))

    def explained(self, text: Doc | Span, label: str | None, raw_scores: SentenceScores) -> Explained:
        return explained_sentence(
            text, label, raw_scores, name=self.name, known=IN_SUMMARY, temperature=self.temperature()
        )

    def explained_parts(self, doc: Doc) -> Sequence[Span]:
        return list(doc.spans.get(self.key, ()))


def _sentences(scores: SentenceScores) -> Sentences:
    return Sentences(scores.first, scores.last, scores.sentences_per_doc, tokens_per_doc=scores.tokens_per_doc)
