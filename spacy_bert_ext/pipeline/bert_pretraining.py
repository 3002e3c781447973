"""Pre-training as a head: masks pieces of Docs, and learns to tell them from what stands around them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import minibatch
from spacy.vocab import Vocab

from ..encoder.readings import MaskedDocs, MaskedPairs, new_mask_seed
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors
from ..heads.language_model import LanguageModel, LanguageModelHead, LanguageModelModule, MaskedScores
from ..heads.model import head_module_of, head_of
from ..huggingface.module import count_embeddings
from ..huggingface.types import PreTrainedModel, PreTrainedTokenizerFast
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..losses.masked_losses import loss_of_masked, with_loss_of_pairs
from ..pieces.masks import Masking
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_whole_number
from ..sharing.listener import model_of
from .answers import GoldWords
from .bert_head import BertHead
from .pretraining.figures import NEXT_ACCURACY, figures_of
from .pretraining.sentences import check_sentences, sentence_starts_of

_SCORED_DOCS = 32  # at once: logits of their masked pieces are as many times the vocabulary


class BertPretraining(BertHead):
    """Learns a masked language model together with the encoder. It annotates nothing.

    masking (Masking): Which pieces are masked; others in each step.
    next_sentence (bool): Whether it also learns if the second of two segments of a window follows the first, as
        BERT did. Docs of several sentences are cut in two, and half of the second parts are exchanged.
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
        next_sentence: bool,
        head_steps: int,
        seed: int,
        controls: LossControls,
    ) -> None:
        masking.check()
        check_whole_number("head_steps", head_steps, 0)
        check_whole_number("seed", seed, 0)
        super().__init__(vocab, model, name, controls=controls, scorer=None)
        self.masking, self.head_steps, self.seed = masking, head_steps, seed
        self.next_sentence = next_sentence
        head = head_of(model)
        if isinstance(head, LanguageModelHead):  # else the module is refused
            head.next_sentence = next_sentence

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
        freeze = self.encoder_shim.settings.freeze
        if checkpoint.is_untrained and freeze not in ("none", 0):
            raise ValueError(Errors.B428.format(name=name, freeze=freeze))
        if self.next_sentence:
            window_pooling = self.encoder_shim.settings.window_pooling
            if window_pooling != "first":
                raise ValueError(Errors.B408.format(found=window_pooling))
            check_sentences(self.name, get_examples())
        self.model.set_dim("nO", count_embeddings(name, checkpoint.module), force=True)
        self.model.initialize()
        # An encoder with random weights knows no more than the head.
        is_alone = self.module.is_new and not checkpoint.is_untrained
        self.encoder_shim.held_steps = self.head_steps if is_alone else 0
        self.upstream.join()

    def reading_to_learn(self, examples: Sequence[Example]) -> MaskedDocs:
        return self._reading(examples, new_mask_seed())

    def _reading(self, examples: Sequence[Example], seed: Sequence[int]) -> MaskedDocs:
        docs = [eg.predicted for eg in examples]
        if self.next_sentence:
            return MaskedPairs(docs, self.masking, seed, [sentence_starts_of(eg) for eg in examples])
        return MaskedDocs(docs, self.masking, seed)

    def get_loss(self, examples: Iterable[Example], scores: Any) -> Loss:
        """scores (MaskedScores): What the model gives for `reading_to_learn`."""
        loss = loss_of_masked(scores.logits, scores.targets)
        if scores.next_logits is None:
            return loss
        return with_loss_of_pairs(loss, scores.logits, scores.next_logits, scores.next_labels)

    # Prediction

    def predict(self, docs: Sequence[Doc]) -> None:
        """Nothing: there is nothing to annotate."""

    def set_annotations(self, docs: Sequence[Doc], predictions: None) -> None:
        """Nothing."""

    @in_own_surroundings
    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """See `figures_of`. Masks are those of `seed`, whatever the weights."""
        self.require_weights()
        as_annotated = [Example(eg.reference, eg.reference) for eg in examples]
        return dict(figures_of(self._scores_of_masked(as_annotated), next_sentence=self.next_sentence))

    def _scores_of_masked(self, examples: Sequence[Example]) -> Iterator[MaskedScores]:
        for number, some in enumerate(minibatch(examples, _SCORED_DOCS)):
            yield self.model.predict(self._reading(list(some), (self.seed, number)))

    @property
    def unmeasured_scores(self) -> tuple[str, ...]:
        """Scores of the factory that it does not give as it is set: the log leaves them out."""
        return () if self.next_sentence else (NEXT_ACCURACY,)

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
