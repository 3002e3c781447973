"""Entities: tag scores → best tags → `doc.ents` and `span._.score`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab

from ..errors import Errors, Warnings
from ..explanation.explained import Explained
from ..heads.model import head_module_of
from ..heads.module import HeadModule
from ..heads.token_classifier import TokenClassifierModel, token_head_of
from ..losses.controls import OUTSIDE_CLASS, LossControls, balanced_classes
from ..losses.loss import Loss
from ..losses.tag_losses import crf_likelihood, cross_entropy_of_tags
from ..pieces.tokens import have_tokens
from ..runtime.surroundings import in_own_surroundings
from ..settings import NumberSetting, from_0_to_1
from ..tagging.decoded import entity_scores
from ..tagging.decoders import DECODERS, check_decoder
from ..tagging.tag_scores import TagScores
from ..tagging.tags import TagSet, all_tags, check_names, check_scheme, named_tags, tag_names
from ..types import Ints1d, Scorer
from .answers import GoldSummary, GoldWords
from .confidence import Confidence
from .entities.checkpoint import differences_of
from .entities.confidence import confidence_of_entities
from .entities.explaining import explained_entity
from .entities.gold import check_entities, count_entities, gold_tokens, summarize_entities, tag_prior
from .entities.writing import PredictedEntities, write_entities
from .exported import Exported, export_token_classifier
from .gold_faults import warn_of_gold
from .labelled_head import LabelledHead, saved_labels
from .scores import define_score, get_score
from .scores_of_tokens import checked_scores


class BertNER(LabelledHead):
    """Recognizes entities by classifying tokens with tags.

    Tokens without pieces, and blank ones, are not tagged; between two tokens of an entity they belong to it.

    decoder (str): "greedy" takes each token's best tag, "constrained" the best allowed sequence, "crf" learns scores of
        tag pairs too. Scores of entities are products of tag probabilities; with "crf", marginal probabilities.
    scheme (str): Of the tags: "BILUO", "BIO", "IOB1" or "IO", see `tagging/tags.py`.
    min_score (float): From 0 to 1: entities with a lower score are dropped.
    overwrite (bool): Whether predictions replace the entities that a Doc already has. If not, those stay, with whatever
        is marked as blocked, and predictions that touch them are dropped.
    controls (LossControls): Classes are the labels and "O", for the tokens outside of entities.
    """

    annotation_hint = "entities in `doc.ents`"
    min_score = NumberSetting(from_0_to_1, "from 0 to 1")  # may be set at any time
    gold_words = GoldWords(
        "entities", "Annotate `doc.ents`: see `python -m spacy bert convert`.", "All entities match the tokens"
    )

    def __init__(
        self,
        vocab: Vocab,
        model: TokenClassifierModel,
        name: str = "bert_ner",
        *,
        decoder: str,
        scheme: str,
        min_score: float,
        overwrite: bool,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_decoder(decoder)
        check_scheme(scheme)
        head = token_head_of(model)
        if decoder == "crf" and not head.takes_crf:
            raise ValueError(Errors.B043.format(name=name))
        super().__init__(vocab, model, name, controls=controls, scorer=scorer)
        self.cfg["tags"] = None  # those of a fine-tuned checkpoint, by name in the order of its outputs
        self.decoder = decoder
        self.scheme = scheme
        self.min_score = min_score
        self.overwrite = overwrite
        head.crf = decoder == "crf"

    def define_extensions(self) -> None:
        super().define_extensions()
        define_score()

    @property
    def tags(self) -> TagSet:
        """In the order of the head's outputs."""
        if self.cfg["tags"] is None:
            return all_tags(len(self.labels), self.scheme)
        return named_tags(self.scheme, tuple(self.cfg["tags"]), self.labels)

    def loss_classes(self, labels: Sequence[str]) -> list[str]:
        return [*labels, OUTSIDE_CLASS]

    def output_names(self, labels: Sequence[str]) -> list[str]:
        tags = self.cfg["tags"]
        if tags is None:
            return tag_names(all_tags(len(labels), self.scheme), labels)
        new = [label for label in labels if label not in self.labels]
        return [*tags, *tag_names(all_tags(len(new), self.scheme), new)[1:]]

    def saved_names(self, settings: dict[str, Any]) -> list[str]:
        labels = saved_labels(settings)
        names: list[str] | None = settings.get("tags")
        if names is None:
            return tag_names(all_tags(len(labels), self.scheme), labels)
        check_names(self.scheme, names, labels)
        return names

    def _set_labels(self, labels: Sequence[str]) -> None:
        if self.cfg["tags"] is not None:
            self.cfg["tags"] = self.output_names(labels)
        super()._set_labels(labels)

    @in_own_surroundings
    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Find the labels and make new weights.

        labels (Sequence[str]): Entity types, such as `spacy init labels` saves; by default those of the examples.
        RAISES (ValueError): No label at all, or no encoder.
        """
        validate_get_examples(get_examples, "BertNER.initialize")
        self._check_labels(labels)
        gold = count_entities(get_examples())
        warn_of_gold(Warnings.B101, gold.misaligned, gold.entities.total(), self.name)
        warn_of_gold(Warnings.B246, gold.blank_ended, gold.entities.total(), self.name)
        self.cfg["tags"] = None
        self.initialize_with(sorted(gold.entities) if labels is None else labels, gold.n_examples)
        counts = np.array([gold.tokens[label] for label in (*self.labels, None)])
        if self.controls.is_balanced:
            self._balance(balanced_classes(counts))
        head_module_of(self.model).start_from(tag_prior(self.tags, counts, self.class_weights()))

    @in_own_surroundings
    def decode(self, raw_scores: TagScores) -> PredictedEntities:
        entities = self.entities(raw_scores, self.temperature())
        is_sure = entities.score >= self.min_score
        return PredictedEntities(
            first=entities.first[is_sure],
            last=entities.last[is_sure],
            label=entities.label[is_sure],
            score=entities.score[is_sure],
            tag_scores=raw_scores,
        )

    @in_own_surroundings
    def entities(self, scores: TagScores, temperature: float) -> PredictedEntities:
        """All entities, however unsure; the temperature changes nothing but their scores."""
        decoded = DECODERS[self.decoder](scores, self.tags.allowed, temperature)
        self.check_scores(*decoded[1:])
        entities = self.tags.to_entities(decoded.tags, scores.lengths)
        tokens = np.flatnonzero(scores.taggable)
        return PredictedEntities(
            tokens[entities.first], tokens[entities.last], entities.label, entity_scores(decoded, entities)
        )

    def set_annotations(self, docs: Sequence[Doc], entities: PredictedEntities) -> None:
        scores = entities.tag_scores
        if scores is not None and not have_tokens(docs, scores.tokens_per_doc, scores.tokens):  # merged or split since
            entities = self.predict(docs)
        write_entities(docs, entities, self.labels, self.vocab.strings, overwrite=self.overwrite)

    @in_own_surroundings
    def get_loss(self, examples: Iterable[Example], scores: TagScores | PredictedEntities) -> Loss:
        examples = list(examples)
        given = scores.tag_scores if isinstance(scores, PredictedEntities) else scores
        tag_scores = checked_scores(given, TagScores, [eg.predicted for eg in examples], self.name)
        gold, weights = gold_tags(self, examples, tag_scores), self.class_weights()
        if weights is not None:
            weights = weights[self.tags.labels]  # O has label -1, and the last weight
        if self.decoder == "crf":
            return crf_likelihood(tag_scores, gold, self.tags.allowed, controls=self.controls, weights=weights)
        return cross_entropy_of_tags(tag_scores, gold, self.controls, weights)

    # Answers

    def check_gold(self, eg: Example) -> None:
        check_entities(eg, self.labels, self.name)

    def is_annotated(self, gold: Doc) -> bool:
        return gold.has_annotation("ENT_IOB")

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        return summarize_entities(count_entities(examples))

    def confidence(self, raw_scores: Sequence[TagScores], examples: Sequence[Example]) -> Confidence:
        return confidence_of_entities(self.entities, self.labels, raw_scores, examples)

    def explained(self, text: Doc | Span, label: str | None, raw_scores: TagScores) -> Explained:
        return explained_entity(self, text, label, raw_scores, temperature=self.temperature())

    def explained_parts(self, doc: Doc) -> Sequence[Span]:
        return [ent for ent in doc.ents if ent.label_ in self.labels and get_score(ent) is not None]

    def exported(self) -> Exported:
        settings: dict[str, object] = {"decoder": self.decoder, "pooling": token_head_of(self.model).pooling}
        settings |= {"scheme": self.scheme, "min_score": self.min_score}
        names, differences = self.output_names(self.labels), differences_of(settings)
        return export_token_classifier(self.name, head_module_of(self.model), names, differences)

    def use_checkpoint_head(self, module: HeadModule, labels: Sequence[str], names: Sequence[str]) -> None:
        self.use_trained_module(module, labels)
        self.cfg["tags"] = list(names)


def gold_tags(ner: BertNER, examples: Sequence[Example], scores: TagScores) -> Ints1d:
    """Gold tags of the taggable tokens, MISSING where nothing is annotated: (n_taggable,).

    RAISES (ValueError): A label that the component does not have.
    """
    gold = gold_tokens(examples, ner.labels, ner.vocab.strings, ner.name)
    if not len(gold.entity):
        return gold.entity
    return ner.tags.to_tags(gold.entity[scores.taggable], gold.label[scores.taggable], scores.lengths)
