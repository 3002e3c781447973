"""The components' factories. Their default settings stand, commented, in `defaults/<factory>.cfg`.

`spacy.blank()` imports this module, so everything that needs torch or transformers is imported inside the functions.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from spacy.language import Language
from thinc.api import Model

from .defaults import default_settings

if TYPE_CHECKING:
    from .pipeline.bert_encoder import BertEncoder
    from .pipeline.bert_ner import BertNER
    from .pipeline.bert_pipe import BertPipe
    from .pipeline.bert_spancat import BertSpanCategorizer
    from .pipeline.bert_textcat import BertMultilabelTextCategorizer, BertTextCategorizer

PipeT = TypeVar("PipeT", bound="BertPipe")

ENCODER, _ = default_settings("bert_encoder")
NER, NER_SCORES = default_settings("bert_ner")
TEXTCAT, TEXTCAT_SCORES = default_settings("bert_textcat")
MULTILABEL, MULTILABEL_SCORES = default_settings("bert_textcat_multilabel")
SPANCAT, SPANCAT_SCORES = default_settings("bert_spancat")
SINGLELABEL, SINGLELABEL_SCORES = default_settings("bert_spancat_singlelabel")


@Language.factory("bert_encoder", assigns=["doc._.bert"], default_config=ENCODER)
def make_bert_encoder(
    nlp: Language, name: str, model: Model[Any, Any], max_batch_pieces: int, keep: str, layers: list[int]
) -> "BertEncoder":
    """The shared encoder; see `BertEncoder`."""
    from .interop.transformer_listeners import TransformerListeners
    from .pipeline.bert_encoder import BertEncoder

    encoder = BertEncoder(
        nlp.vocab,
        model,
        name,
        max_batch_pieces=max_batch_pieces,
        keep=keep,
        layers=layers,
        foreign=(TransformerListeners(),),
    )
    return _being_loaded(nlp, encoder)


@Language.factory(
    "bert_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "span._.score"],
    default_config=NER,
    default_score_weights=NER_SCORES,
)
def make_bert_ner(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    decoder: str,
    scheme: str,
    min_score: float,
    overwrite: bool,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertNER":
    """Entities; see `BertNER`."""
    from .losses.controls import LossControls
    from .pipeline.bert_ner import BertNER

    controls = LossControls.from_settings(loss)
    head = BertNER(
        nlp.vocab,
        model,
        name,
        decoder=decoder,
        scheme=scheme,
        min_score=min_score,
        overwrite=overwrite,
        controls=controls,
        scorer=scorer,
    )
    return _being_loaded(nlp, head)


@Language.factory(
    "bert_textcat",
    assigns=["doc.cats"],
    default_config=TEXTCAT,
    default_score_weights=TEXTCAT_SCORES,
)
def make_bert_textcat(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    threshold: float,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertTextCategorizer":
    """Categories of which one holds; see `BertTextCategorizer`."""
    from .losses.controls import LossControls
    from .pipeline.bert_textcat import BertTextCategorizer

    controls = LossControls.from_settings(loss)
    head = BertTextCategorizer(nlp.vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
    return _being_loaded(nlp, head)


@Language.factory(
    "bert_textcat_multilabel",
    assigns=["doc.cats"],
    default_config=MULTILABEL,
    default_score_weights=MULTILABEL_SCORES,
)
def make_bert_textcat_multilabel(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    threshold: float,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertMultilabelTextCategorizer":
    """Categories that hold independently; see `BertMultilabelTextCategorizer`."""
    from .losses.controls import LossControls
    from .pipeline.bert_textcat import BertMultilabelTextCategorizer

    controls = LossControls.from_settings(loss)
    head = BertMultilabelTextCategorizer(nlp.vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
    return _being_loaded(nlp, head)


@Language.factory(
    "bert_spancat",
    assigns=["doc.spans", "span._.score"],
    default_config=SPANCAT,
    default_score_weights=SPANCAT_SCORES,
)
def make_bert_spancat(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    spans_key: str,
    threshold: float,
    max_positive: int | None,
    overlap_threshold: float | None,
    suggester: Callable[..., Any] | None,
    finder_threshold: float,
    max_span_tokens: int | None,
    attributes: list[str],
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertSpanCategorizer":
    """Spans that may overlap; see `BertSpanCategorizer`."""
    from .losses.controls import LossControls
    from .pipeline.bert_spancat import BertSpanCategorizer
    from .pipeline.spans.kinds import IndependentLabels

    head = BertSpanCategorizer(
        nlp.vocab,
        model,
        name,
        spans_key=spans_key,
        threshold=threshold,
        kind=IndependentLabels(max_positive, overlap_threshold),
        suggester=suggester,
        finder_threshold=finder_threshold,
        max_span_tokens=max_span_tokens,
        attributes=attributes,
        controls=LossControls.from_settings(loss),
        scorer=scorer,
    )
    return _being_loaded(nlp, head)


@Language.factory(
    "bert_spancat_singlelabel",
    assigns=["doc.spans", "span._.score"],
    default_config=SINGLELABEL,
    default_score_weights=SINGLELABEL_SCORES,
)
def make_bert_spancat_singlelabel(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    spans_key: str,
    threshold: float,
    allow_overlap: bool,
    suggester: Callable[..., Any] | None,
    finder_threshold: float,
    max_span_tokens: int | None,
    attributes: list[str],
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertSpanCategorizer":
    """Spans with one label each; see `BertSpanCategorizer`."""
    from .losses.controls import LossControls
    from .pipeline.bert_spancat import BertSpanCategorizer
    from .pipeline.spans.kinds import OneLabel

    head = BertSpanCategorizer(
        nlp.vocab,
        model,
        name,
        spans_key=spans_key,
        threshold=threshold,
        kind=OneLabel(allow_overlap),
        suggester=suggester,
        finder_threshold=finder_threshold,
        max_span_tokens=max_span_tokens,
        attributes=attributes,
        controls=LossControls.from_settings(loss),
        scorer=scorer,
    )
    return _being_loaded(nlp, head)


def _being_loaded(nlp: Language, pipe: PipeT) -> PipeT:
    """Tell a component of which save the pipeline is that is being loaded, if it is: then it has no path yet."""
    from .files.folders import SAVE_KEY

    if nlp.path is None:
        pipe.loaded_save = nlp.meta.get(SAVE_KEY)
    return pipe
