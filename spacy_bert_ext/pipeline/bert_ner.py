"""Entities: tag scores → best tags → `doc.ents` and `span._.score`."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from spacy.attrs import ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE, ORTH
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab

from ..arrays.ragged import expand_ranges, starts_of
from ..errors import Errors, Warnings
from ..heads.huggingface_head import HuggingFaceTokenHead
from ..heads.token_classifier import TokenClassifierModel, TokenClassifierModule, module_settings
from ..losses.controls import OUTSIDE_CLASS, LossControls, balanced_classes
from ..losses.loss import Loss
from ..losses.priors import log_frequencies
from ..losses.tag_losses import crf_likelihood, cross_entropy_of_tags
from ..pieces.tokens import have_tokens
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_number, from_0_to_1
from ..tagging.decoders import DECODERS, check_decoder, entity_scores
from ..tagging.tag_scores import TagScores
from ..tagging.tags import MISSING, TagSet, all_tags, check_names, check_scheme, named_tags, tag_names
from ..types import Ints1d
from .bert_head import BertHead, saved_labels
from .scores import add_scores, define_score, drop_scores, get_score, set_score

MISSING_IOB, INSIDE, OUTSIDE, BEGIN = 0, 1, 2, 3  # spaCy's values of ENT_IOB
N_SHOWN = 3  # misaligned entities that a warning quotes


class PredictedEntities(NamedTuple):
    """Entities of some Docs over their flat tokens: (n_entities,) each.

    first, last: Tokens, counted over all Docs.
    label: Place in the component's labels.
    score: Probability, from 0 to 1.
    tag_scores: From which they were predicted, if they were: what `get_loss` needs.
    """

    first: Ints1d
    last: Ints1d
    label: Ints1d
    score: np.ndarray
    tag_scores: TagScores | None = None


class BertNER(BertHead):
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
        scorer: Callable | None,
    ) -> None:
        check_decoder(decoder)
        check_scheme(scheme)
        if decoder == "crf" and "task" in model.attrs:
            raise ValueError(Errors.B043.format(name=name))
        super().__init__(vocab, model, name, controls=controls, scorer=scorer)
        self.cfg["tags"] = None  # those of a fine-tuned checkpoint, by name in the order of its outputs
        self.decoder = decoder
        self.scheme = scheme
        self.min_score = min_score
        self.overwrite = overwrite
        model.attrs["crf"] = decoder == "crf"

    def define_extensions(self) -> None:
        super().define_extensions()
        define_score()

    @property
    def min_score(self) -> float:
        """May be set at any time. RAISES (ValueError): It is set to something else than a number from 0 to 1."""
        return self._min_score

    @min_score.setter
    def min_score(self, lowest: float) -> None:
        check_number("min_score", lowest, from_0_to_1, "from 0 to 1")
        self._min_score = lowest

    @property
    def tags(self) -> TagSet:
        """In the order of the head's outputs."""
        if self.cfg["tags"] is None:
            return all_tags(len(self.labels), self.scheme)
        return named_tags(self.scheme, tuple(self.cfg["tags"]), self.labels)

    def loss_classes(self, labels: Sequence[str]) -> list[str]:
        return [*labels, OUTSIDE_CLASS]

    def output_names(self, labels: Sequence[str]) -> list[str]:
        ready = self.cfg["tags"]
        if ready is None:
            return tag_names(all_tags(len(labels), self.scheme), labels)
        new = [label for label in labels if label not in self.labels]
        return [*ready, *tag_names(all_tags(len(new), self.scheme), new)[1:]]

    def saved_names(self, settings: dict) -> list[str]:
        labels, names = saved_labels(settings), settings.get("tags")
        if names is None:
            return tag_names(all_tags(len(labels), self.scheme), labels)
        check_names(self.scheme, names, labels)
        return names

    def use_checkpoint_head(self, module: HuggingFaceTokenHead, labels: Sequence[str], names: Sequence[str]) -> None:
        """Take the head of an imported checkpoint.

        names (Sequence[str]): Of its outputs, see `named_tags`.
        """
        self._use_module(module)
        self._join_encoder()
        self._set_labels(labels)
        self.cfg["tags"] = list(names)

    def _set_labels(self, labels: Sequence[str]) -> None:
        if self.cfg["tags"] is not None:
            self.cfg["tags"] = self.output_names(labels)
        super()._set_labels(labels)

    def new_module(self, width: int, n_outputs: int) -> TokenClassifierModule:
        return TokenClassifierModule(width, n_outputs, **module_settings(self.model))

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
        n_examples, n_gold, found, misaligned, blank_ended, n_tokens = 0, 0, set(), [], [], Counter()
        for eg in get_examples():
            n_examples += 1
            found.update(span.label_ for span in eg.reference.ents)
            n_gold += len(eg.reference.ents)
            misaligned += misaligned_entities(eg)
            blank_ended += blank_ended_entities(eg)
            n_tokens.update(_gold_classes(eg))
        for warning, spans in ((Warnings.B101, misaligned), (Warnings.B246, blank_ended)):
            if spans:
                shown = ", ".join(repr(span.text) for span in spans[:N_SHOWN])
                warnings.warn(warning.format(n_entities=len(spans), total=n_gold, name=self.name, examples=shown))
        self.cfg["tags"] = None
        self._initialize_with(sorted(found) if labels is None else labels, n_examples)
        counts = np.array([n_tokens[label] for label in (*self.labels, None)])
        if self.controls.is_balanced:
            self._balance(balanced_classes(counts))
        self._start_from(self.prior(counts))

    def prior(self, counts: np.ndarray) -> np.ndarray:
        """Logits of these counts of tokens of each class, shared out evenly among its tags: (n_tags,)."""
        class_of_tag = self.tags.labels % len(counts)  # O has label -1, and is the last class
        tags_of_class = np.bincount(class_of_tag, minlength=len(counts))
        return (log_frequencies(counts, self.class_weights()) - np.log(tags_of_class))[class_of_tag]

    @in_own_surroundings
    def decode(self, raw_scores: TagScores) -> PredictedEntities:
        entities = self.entities(raw_scores, self.temperature())
        is_sure = entities.score >= self.min_score
        return PredictedEntities(*(array[is_sure] for array in entities[:4]), raw_scores)

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
        lengths = np.array([len(doc) for doc in docs], dtype=np.int64)
        labels = self.labels
        label_keys = np.array([self.vocab.strings.add(label) for label in labels], dtype=np.uint64)
        types = np.zeros(lengths.sum(), dtype=np.uint64)
        iob = np.full(lengths.sum(), OUTSIDE, dtype=np.uint64)
        sizes = entities.last - entities.first + 1
        inside = expand_ranges(entities.first, sizes)
        types[inside] = np.repeat(label_keys[entities.label], sizes)
        iob[inside] = INSIDE
        iob[entities.first] = BEGIN
        doc_starts = starts_of(lengths)
        bounds = np.searchsorted(entities.first, np.append(doc_starts, lengths.sum()))
        rows = np.stack([iob, types], axis=1)
        for i, doc in enumerate(docs):
            if not lengths[i]:
                continue
            own = slice(doc_starts[i], doc_starts[i] + lengths[i])
            first, last, label, scores = (array[bounds[i] : bounds[i + 1]] for array in entities[:4])
            predicted = _Annotation(rows[own], first - doc_starts[i], last - doc_starts[i], label, scores)
            before = doc.to_array(ENT_IOB)
            if ((before == BEGIN) | (before == INSIDE)).any():
                predicted = (_replacing if self.overwrite else _beside)(doc, predicted, labels)
            else:
                if doc.user_data:
                    drop_scores(doc, labels)
                doc.from_array([ENT_IOB, ENT_TYPE], predicted.rows)
            first, last, label, scores = (array.tolist() for array in predicted[1:])
            add_scores(doc, zip(first, last, [labels[i] for i in label], scores))

    @in_own_surroundings
    def get_loss(self, examples: Iterable[Example], scores: TagScores | PredictedEntities) -> Loss:
        examples = list(examples)
        scores = scores.tag_scores if isinstance(scores, PredictedEntities) else scores
        docs = [eg.predicted for eg in examples]
        if not isinstance(scores, TagScores) or not have_tokens(docs, scores.tokens_per_doc, scores.tokens):
            found = type(scores).__name__
            if isinstance(scores, TagScores):
                found = f"scores of Docs with other tokens, {scores.tokens_per_doc.tolist()} of them"
            n_tokens = [len(doc) for doc in docs]
            raise ValueError(Errors.B113.format(name=self.name, allowed=f"Docs of {n_tokens} tokens", found=found))
        gold, weights = self.gold_tags(examples, scores), self.class_weights()
        if weights is not None:
            weights = weights[self.tags.labels]  # O has label -1, and the last weight
        if self.decoder == "crf":
            return crf_likelihood(scores, gold, self.tags.allowed, self.controls, weights)
        return cross_entropy_of_tags(scores, gold, self.controls, weights)

    def check_gold(self, eg: Example) -> None:
        if len(eg.predicted) and eg.reference.ents:
            iob, types = _gold_iob(eg).T
            self._check_types(eg, types[(types != 0) & ((iob == BEGIN) | (iob == INSIDE))])

    def _check_types(self, eg: Example, types: np.ndarray) -> None:
        strings = eg.reference.vocab.strings
        unknown = [label for label in map(strings.__getitem__, np.unique(types).tolist()) if label not in self.labels]
        if unknown:
            raise ValueError(Errors.B029.format(label=unknown[0], name=self.name, labels=", ".join(self.labels)))

    def gold_tags(self, examples: Sequence[Example], scores: TagScores) -> Ints1d:
        """Gold tags of the taggable tokens, MISSING where nothing is annotated: (n_taggable,).

        RAISES (ValueError): A label that the component does not have.
        """
        arrays = [_gold_iob(eg) for eg in examples if len(eg.predicted)]
        if not arrays:
            return np.zeros(0, dtype=np.int64)
        iob, types = np.concatenate(arrays).T
        keys = np.array([self.vocab.strings.add(label) for label in self.labels], dtype=np.uint64)
        order = np.argsort(keys)
        places = np.minimum(np.searchsorted(keys, types, sorter=order), len(keys) - 1)
        label = order[places]
        in_entity = (types != 0) & ((iob == BEGIN) | (iob == INSIDE))
        unknown = in_entity & (keys[label] != types)
        if unknown.any():
            self._check_types(examples[0], types[unknown])
        begins = in_entity & (iob == BEGIN)
        entity = np.where(in_entity, np.cumsum(begins) + 1, np.where(iob == MISSING_IOB, MISSING, 0))
        taggable = scores.taggable
        return self.tags.to_tags(entity[taggable], label[taggable], scores.lengths)


class _Annotation(NamedTuple):
    """What is set on one Doc: ENT_IOB and ENT_TYPE of its tokens (n_tokens, 2), and its new entities (n_entities,)."""

    rows: np.ndarray
    first: Ints1d
    last: Ints1d
    label: Ints1d
    scores: np.ndarray


def _replacing(doc: Doc, predicted: _Annotation, labels: Sequence[str]) -> _Annotation:
    """Replace all entities of the Doc, with their ids and scores, and scores that it had of these labels."""
    drop_scores(doc, {*labels, *(span.label_ for span in doc.ents)})
    ids = np.zeros_like(predicted.rows)
    doc.from_array([ENT_IOB, ENT_TYPE, ENT_KB_ID, ENT_ID], np.hstack([predicted.rows, ids]))
    return predicted


def _beside(doc: Doc, predicted: _Annotation, labels: Sequence[str]) -> _Annotation:
    """Add to the Doc the predicted entities that touch none of its own, which keep their scores."""
    kept = [(span, get_score(span)) for span in doc.ents]
    drop_scores(doc, labels)
    for span, score in kept:
        set_score(span, score)
    before = doc.to_array([ENT_IOB, ENT_TYPE])
    taken = (before[:, 0] == BEGIN) | (before[:, 0] == INSIDE)
    n_taken = np.concatenate([np.zeros(1, np.int64), np.cumsum(taken)])
    free = n_taken[predicted.last + 1] == n_taken[predicted.first]
    first, last, label, scores = (array[free] for array in predicted[1:])
    inside = expand_ranges(first, last - first + 1)
    rows = before.copy()
    rows[~taken] = (OUTSIDE, 0)
    rows[inside] = predicted.rows[inside]
    doc.from_array([ENT_IOB, ENT_TYPE], rows)
    return _Annotation(rows, first, last, label, scores)


def _gold_iob(eg: Example) -> np.ndarray:
    """Gold ENT_IOB and ENT_TYPE of the predicted tokens: (n_tokens, 2)."""
    if same_tokens(eg):
        return eg.reference.to_array([ENT_IOB, ENT_TYPE])
    strings = eg.reference.vocab.strings
    rows = np.zeros((len(eg.predicted), 2), dtype=np.uint64)
    for i, tag in enumerate(eg.get_aligned_ner()):
        if tag is None or tag == "-":
            continue
        iob = {"O": OUTSIDE, "B": BEGIN, "U": BEGIN}.get(tag[0], INSIDE)
        rows[i] = (iob, strings.add(tag[2:]) if iob != OUTSIDE else 0)
    return rows


def _gold_classes(eg: Example) -> Iterator[str | None]:
    """The label of each predicted token that is annotated, None outside of entities."""
    strings = eg.reference.vocab.strings
    for iob, entity_type in _gold_iob(eg).tolist():
        if iob in (BEGIN, INSIDE) and entity_type:
            yield strings[entity_type]
        elif iob != MISSING_IOB:
            yield None


def same_tokens(eg: Example) -> bool:
    """Whether gold and predicted Doc have the same tokens, so that nothing needs aligning."""
    return len(eg.predicted) == len(eg.reference) and bool(
        (eg.predicted.to_array(ORTH) == eg.reference.to_array(ORTH)).all()
    )


def blank_ended_entities(eg: Example) -> list[Span]:
    """Gold entities that begin or end in white space, as none that is predicted does."""
    return [span for span in eg.reference.ents if span[0].is_space or span[-1].is_space]


def misaligned_entities(eg: Example) -> list[Span]:
    """Gold entities that no run of predicted tokens matches, and that therefore can't be learned."""
    if same_tokens(eg) or not eg.reference.ents:
        return []
    predicted_starts = {token.idx for token in eg.predicted}
    predicted_ends = {token.idx + len(token) for token in eg.predicted}
    return [
        span
        for span in eg.reference.ents
        if span.start_char not in predicted_starts or span.end_char not in predicted_ends
    ]
