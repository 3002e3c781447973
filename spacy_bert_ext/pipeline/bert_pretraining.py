"""Pre-training as a head: masks pieces of Docs, and learns to tell them from what stands around them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import minibatch
from spacy.vocab import Vocab

from ..encoder.readings import MaskedDocs
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors
from ..heads.language_model import LanguageModel, LanguageModelModule, MaskedScores
from ..heads.model import head_module_of
from ..huggingface.module import count_embeddings
from ..huggingface.types import PreTrainedModel, PreTrainedTokenizerFast
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..losses.masked_losses import loss_of_masked
from ..pieces.masks import Masking
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_whole_number
from ..sharing.listener import model_of
from .answers import GoldWords
from .bert_head import BertHead
from .pretraining.figures import figures_of

_SCORED_DOCS = 32  # at once: logits of their masked pieces are as many times the vocabulary
_MOST_SEED = 2**31


class BertPretraining(BertHead):
    """Learns a masked language model together with the encoder. It annotates nothing.

    masking (Masking): Which pieces are masked; others in each step.
    head_steps (int): Steps, 0 or more, in which a head with new weights learns alone. Not used where the checkpoint has
        a head.
    seed (int): Of the masks that scores are measured with, which are the same in each evaluation.
    """

    gold_words = GoldWords("texts", "It needs none: any text will do.")
    labels: tuple[str, ...] = ()

    def __init__(
        self,
        vocab: Vocab,
        model: LanguageModel,
        name: str = "bert_pretraining",
        *,
        masking: Masking,
        head_steps: int,
        seed: int,
        controls: LossControls,
    ) -> None:
        masking.check()
        check_whole_number("head_steps", head_steps, 0)
        check_whole_number("seed", seed, 0)
        super().__init__(vocab, model, name, controls=controls, scorer=None)
        self.masking, self.head_steps, self.seed = masking, head_steps, seed

    # Training

    @in_own_surroundings
    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:
        """Take the checkpoint's head, or make a new one.

        RAISES (ValueError): There is no encoder; its tokenizer has no mask piece, or its architecture no such heads.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        self.upstream.name_listeners()
        encoder = self.model.get_ref("encoder")
        encoder.initialize()
        checkpoint = self.encoder_shim.loaded.checkpoint
        name = self.encoder_shim.settings.name
        checkpoint.vocabulary(name)
        self.model.set_dim("nO", count_embeddings(name, checkpoint.module), force=True)
        self.model.initialize()
        # An encoder with random weights knows no more than the head.
        is_alone = self.module.is_new and not checkpoint.is_untrained
        self.encoder_shim.held_steps = self.head_steps if is_alone else 0
        self.upstream.join()

    def reading_to_learn(self, examples: Sequence[Example]) -> MaskedDocs:
        # torch's generator is one of those that a resumed training goes on with.
        seed = int(torch.randint(_MOST_SEED, ()))
        return MaskedDocs([eg.predicted for eg in examples], self.masking, (seed,))

    def get_loss(self, examples: Iterable[Example], scores: Any) -> Loss:
        """scores (MaskedScores): What the model gives for `reading_to_learn`."""
        return loss_of_masked(scores.logits, scores.targets)

    # Prediction

    def predict(self, docs: Sequence[Doc]) -> None:
        """Nothing: there is nothing to annotate."""

    def set_annotations(self, docs: Sequence[Doc], predictions: None) -> None:
        """Nothing."""

    @in_own_surroundings
    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """See `figures_of`. Masks are those of `seed`, whatever the weights."""
        self.require_weights()
        return dict(figures_of(self._scores_of_masked([eg.reference for eg in examples])))

    def _scores_of_masked(self, docs: Sequence[Doc]) -> Iterator[MaskedScores]:
        for number, some in enumerate(minibatch(docs, _SCORED_DOCS)):
            yield self.model.predict(MaskedDocs(list(some), self.masking, (self.seed, number)))

    # What was learned

    @property
    def encoder_shim(self) -> EncoderShim:
        """RAISES (ValueError): The encoder is none of this package."""
        return encoder_shim_of(model_of(self.model.get_ref("encoder")))

    @property
    def module(self) -> LanguageModelModule:
        module = head_module_of(self.model)
        if not isinstance(module, LanguageModelModule):
            raise ValueError(Errors.B489.format(name=self.name, found=type(module).__name__))
        return module

    def language_model(self) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
        """Encoder and head as transformers' `...ForMaskedLM`, in fp32 on the CPU, and the tokenizer: for their
        `save_pretrained`.

        RAISES (ValueError): There are no weights.
        """
        self.require_weights()
        self.upstream.complete_step()
        checkpoint = self.encoder_shim.loaded.checkpoint
        return self.module.whole(checkpoint.plain_module(), self.name), checkpoint.tokenizer
