"""The components' factories. Their default settings stand, commented, in `defaults/<factory>.cfg`.

`spacy.blank()` imports this module, so everything that needs torch or transformers is imported inside the functions.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

from ..defaults import default_settings
from .being_loaded import being_loaded
from .pairs import make_bert_textpair, make_bert_textpair_score
from .pretraining import make_bert_pretraining
from .questions import make_bert_qa
from .spans import make_bert_spancat, make_bert_spancat_singlelabel
from .summaries import make_bert_summarizer

if TYPE_CHECKING:
    from ..pipeline.bert_encoder import BertEncoder
    from ..pipeline.bert_ner import BertNER
    from ..pipeline.bert_textcat import BertMultilabelTextCategorizer, BertTextCategorizer

__all__ = [
    "make_bert_encoder",
    "make_bert_ner",
    "make_bert_pretraining",
    "make_bert_qa",
    "make_bert_spancat",
    "make_bert_spancat_singlelabel",
    "make_bert_summarizer",
    "make_bert_textcat",
    "make_bert_textcat_multilabel",
    "make_bert_textpair",
    "make_bert_textpair_score",
]

ENCODER, _ = default_settings("bert_encoder")
NER, NER_SCORES = default_settings("bert_ner")
TEXTCAT, TEXTCAT_SCORES = default_settings("bert_textcat")
MULTILABEL, MULTILABEL_SCORES = default_settings("bert_textcat_multilabel")


@Language.factory("bert_encoder", assigns=["doc._.bert"], default_config=ENCODER)
def make_bert_encoder(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    max_batch_pieces: int,
    keep: str,
    layers: list[int],
    language_model: bool,
) -> "BertEncoder":
    """The shared encoder; see `BertEncoder`."""
    from ..interop.transformer_listeners import TransformerListeners
    from ..pipeline.bert_encoder import BertEncoder

    encoder = BertEncoder(
        nlp.vocab,
        model,
        name,
        max_batch_pieces=max_batch_pieces,
        keep=keep,
        layers=layers,
        language_model=language_model,
        foreign=(TransformerListeners(),),
    )
    return being_loaded(nlp, encoder)


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
    from ..losses.controls import LossControls
    from ..pipeline.bert_ner import BertNER

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
    return being_loaded(nlp, head)


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
    from ..losses.controls import LossControls
    from ..pipeline.bert_textcat import BertTextCategorizer

    controls = LossControls.from_settings(loss)
    head = BertTextCategorizer(nlp.vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
    return being_loaded(nlp, head)


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
    from ..losses.controls import LossControls
    from ..pipeline.bert_textcat import BertMultilabelTextCategorizer

    controls = LossControls.from_settings(loss)
    head = BertMultilabelTextCategorizer(nlp.vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
    return being_loaded(nlp, head)
