"""The factory of pre-training."""

from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

from ..defaults import default_settings
from .being_loaded import being_loaded

if TYPE_CHECKING:
    from ..pipeline.bert_pretraining import BertPretraining

PRETRAINING, PRETRAINING_SCORES = default_settings("bert_pretraining")


@Language.factory(
    "bert_pretraining",
    default_config=PRETRAINING,
    default_score_weights=PRETRAINING_SCORES,
)
def make_bert_pretraining(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    mask_share: float,
    mask_by: str,
    masked: float,
    random: float,
    next_sentence: bool,
    head_steps: int,
    seed: int,
    loss_weight: float,
) -> "BertPretraining":
    """A masked language model; see `BertPretraining`."""
    from ..losses.controls import LossControls
    from ..pieces.masks import Masking
    from ..pipeline.bert_pretraining import BertPretraining

    head = BertPretraining(
        nlp.vocab,
        model,
        name,
        masking=Masking(mask_share, mask_by, masked=masked, random=random),
        next_sentence=next_sentence,
        head_steps=head_steps,
        seed=seed,
        controls=LossControls.from_settings({"weight": loss_weight}),
    )
    return being_loaded(nlp, head)
