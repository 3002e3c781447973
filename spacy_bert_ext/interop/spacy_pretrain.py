"""spaCy's own way of pre-training: a masked language model for `[pretraining.objective]` of `spacy pretrain`.

spaCy's loop hands Docs to the objective's Model, and what that has made of them to its loss. It never steps schedules,
so that a learning rate with a warm-up would stay at 0: here they are stepped with the weights.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Model, Ops, Optimizer
from thinc.shims import Shim
from torch import Tensor

from ..encoder.model import EncoderModel
from ..encoder.readings import MaskedDocs, new_mask_seed
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors
from ..heads.language_model import LanguageModelHead, LanguageModelModule, MaskedScores
from ..heads.model import head_model, head_module_of
from ..huggingface.module import count_embeddings
from ..losses.masked_losses import loss_of_masked
from ..pieces.masks import Masking
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_whole_number

_MASKING, _HEAD_STEPS = "masking", "head_steps"  # in `model.attrs`

Objective: TypeAlias = Model[Sequence[Doc], MaskedScores]


class ScheduleSteps(Shim):
    """Steps an optimizer's schedules before each update of the weights but the first, as spaCy does in training."""

    def __init__(self) -> None:
        super().__init__(None)
        self.has_begun = False

    def finish_update(self, optimizer: Optimizer) -> None:
        if self.has_begun:
            optimizer.step_schedules()
        self.has_begun = True


def create_pretrain_mlm_v1(
    mask_share: float = 0.15,
    mask_by: str = "piece",
    masked: float = 0.8,
    random: float = 0.1,
    head_steps: int = 100,
) -> Callable[[Vocab, Model[Any, Any]], Objective]:
    """A masked language model as the objective of `spacy pretrain`, for `component = "bert_encoder"`.

    Each argument is a setting of the component `bert_pretraining`, see there. The encoder is saved. The head that
    predicts masked pieces is the checkpoint's, or a new one that is thrown away.

    RAISES (ValueError): A number out of its range.
    """
    masking = Masking(mask_share, mask_by, masked=masked, random=random)
    masking.check()
    check_whole_number(_HEAD_STEPS, head_steps, 0)
    return partial(masked_language_model, masking=masking, head_steps=head_steps)


def masked_language_model(vocab: Vocab, tok2vec: Model[Any, Any], *, masking: Masking, head_steps: int) -> Objective:
    """tok2vec (Model): With an encoder of this package that has its weights.

    RAISES (ValueError): It has none.
    """
    encoder = _encoder_in(tok2vec)
    head = head_model(LanguageModelHead(), encoder)
    return Model(
        "pretrain_mlm",
        forward,
        init=init,
        layers=[head] if tok2vec is encoder else [head, tok2vec],
        shims=[ScheduleSteps()],
        attrs={_MASKING: masking, _HEAD_STEPS: head_steps, "loss": masked_loss},
        refs={"tok2vec": tok2vec, "encoder": encoder},
    )


@in_own_surroundings
def forward(
    model: Objective, docs: Sequence[Doc], is_train: bool
) -> tuple[MaskedScores, Callable[[tuple[Tensor, ...] | None], Sequence[Doc]]]:
    if is_train:
        _hold_encoder(model)
    reading = MaskedDocs(docs, model.attrs[_MASKING], new_mask_seed())
    scores, backprop_head = model.layers[0](reading, is_train)

    @in_own_surroundings
    def backprop(gradients: tuple[Tensor, ...] | None) -> Sequence[Doc]:
        if gradients is not None:  # else nothing was masked
            backprop_head(gradients)
        return docs

    return scores, backprop


def init(model: Objective, X: object = None, Y: object = None) -> None:
    """Take the checkpoint's head, or a new one. The encoder has its weights already.

    RAISES (ValueError): The tokenizer has no mask piece, or the architecture no such heads.
    """
    head, shim = model.layers[0], encoder_shim_of(model.get_ref("encoder"))
    checkpoint, name = shim.loaded.checkpoint, shim.settings.name
    checkpoint.vocabulary(name)
    head.set_dim("nO", count_embeddings(name, checkpoint.module), force=True)
    head.initialize()


def _hold_encoder(model: Objective) -> None:
    """Have a new head learn alone at first. An encoder that is resumed from a file has forgotten it."""
    module = head_module_of(model.layers[0])
    if isinstance(module, LanguageModelModule) and module.is_new:
        encoder_shim_of(model.get_ref("encoder")).held_steps = model.attrs[_HEAD_STEPS]


def masked_loss(ops: Ops, docs: Sequence[Doc], predictions: MaskedScores) -> tuple[float, tuple[Tensor, ...] | None]:
    """The mean cross-entropy of masked pieces, in nats, and its gradients: None if none is masked."""
    loss = loss_of_masked(predictions.logits, predictions.targets)
    return loss.value, loss.gradients


def _encoder_in(tok2vec: Model[Any, Any]) -> EncoderModel:
    """RAISES (ValueError): There is none, but a listener."""
    found = [node for node in tok2vec.walk() if node.shims and isinstance(node.shims[0], EncoderShim)]
    if not found:
        raise ValueError(Errors.B474.format(found=tok2vec.name))
    return found[0]
