"""The settings of an encoder: what each one means. Their defaults stand in `defaults/bert_encoder.cfg`."""

import math
from dataclasses import dataclass

from ..arrays.pooling import WINDOW_POOLINGS
from ..errors import Errors
from ..pieces.tokenizers import check_pieces_from
from ..runtime.threads import check_threads
from ..settings import check_number, check_whole_number
from .backends.registry import check_backend
from .device import check_precision


@dataclass(frozen=True)
class EncoderSettings:
    """The settings of `spacy-bert-ext.BertEncoder.v1`.

    name: Folder, or name on the Hugging Face hub. Not read any more once the pipeline is saved.
    revision: Branch, tag or commit on the hub; None for the main branch.
    window_pieces: Pieces that the encoder sees at once, special pieces included; at most what the checkpoint takes.
    overlap_pieces: Pieces that the windows of a long Doc share, at most half a window.
    precision: "fp32", "bf16", "fp16", or "auto": bf16 where the device computes it natively, else fp32 (fp16 on CUDA
        devices of the Volta and Turing generations). Trained weights are fp32 in any case.
    device: "auto" (CUDA, else Apple's, else CPU), "cpu", "cuda:0", "mps". Independent of `--gpu-id`.
    backend: What computes vectors in prediction: "torch", "openvino", "onnx", or one that a package registers, see
        `backends/registry.py`.
    threads: Of a CPU, 1 or more, in prediction and in training, also of the heads; "auto" for what torch or the
        environment was told, but no more than the process has cores. See `runtime/threads.py`.
    freeze: "none", "embeddings", "all", or the number of lowest layers that keep their weights.
    unfreeze_step: Optimizer step, 0 or more, after which everything learns; until then a wholly frozen encoder is run
        without gradients. None to keep frozen what is. Counted from when the weights were loaded.
    lora_rank: 0 trains the weights themselves. Otherwise all of them stay frozen, and the linear layers of attention
        and feed-forward learn corrections of this rank (LoRA), merged into the weights for prediction and when saved.
        Loaded weights are merged ones: training them further starts new corrections. Needs `peft`.
    lora_alpha: Above 0; corrections are multiplied by `lora_alpha / lora_rank`. None for twice the rank.
    gradient_checkpointing: Compute activations twice in training, to save memory.
    window_pooling: What "cls" pooling and transformers' own heads read of a window: its "first" piece, or the "mean" of
        all its pieces.
    pieces_from: "tokens": each token is cut into pieces by itself, as if a space stood before it: what tagging wants,
        and what checkpoints that classify tokens were fine-tuned with. "text": the text is cut into pieces as it
        stands, as checkpoints that classify texts were fine-tuned with; a token in which no piece begins, white space
        aside, is not tagged. Neither makes special pieces of a text that spells them.
    context_pieces: Most pieces of what stands around a Doc that its window sees besides its own, 0 for none. Docs must
        be told of it, by `spacy_bert_ext.with_context` or `spacy-bert-ext.ContextCorpus.v1`; those that fill a window
        need none. Each piece costs as much time as one of the Doc's own.
    """

    name: str
    revision: str | None
    window_pieces: int
    overlap_pieces: int
    precision: str
    device: str
    backend: str
    threads: str | int
    freeze: str | int
    unfreeze_step: int | None
    lora_rank: int
    lora_alpha: float | None
    gradient_checkpointing: bool
    window_pooling: str
    pieces_from: str
    context_pieces: int

    def check(self) -> None:
        """What depends on the checkpoint is checked once that is loaded.

        RAISES (ValueError): One of them is illegal.
        """
        check_precision(self.precision)
        check_backend(self.backend)
        check_threads(self.threads)
        if self.window_pooling not in WINDOW_POOLINGS:
            allowed = ", ".join(WINDOW_POOLINGS)
            raise ValueError(Errors.B010.format(found=self.window_pooling, setting="window_pooling", allowed=allowed))
        check_pieces_from(self.pieces_from)
        for setting in ("unfreeze_step", "lora_rank", "window_pieces", "overlap_pieces", "context_pieces"):
            found = getattr(self, setting)
            if found is not None:
                check_whole_number(setting, found, 0)
        if self.lora_alpha is not None:
            check_number("lora_alpha", self.lora_alpha, lambda x: 0 < x < math.inf, "above 0")

    def check_windows(self, limit: int | None, n_special: int) -> None:
        """Check the lengths of windows against the checkpoint.

        limit (int): The longest window that it takes, or None.
        n_special (int): How many special pieces stand around a text.
        """
        if limit is not None and self.window_pieces > limit:
            raise ValueError(Errors.B003.format(found=self.window_pieces, name=self.name, limit=limit))
        capacity = self.window_pieces - n_special
        if capacity < 2:
            allowed = f"{n_special + 2} or more"
            raise ValueError(Errors.B012.format(setting="window_pieces", found=self.window_pieces, allowed=allowed))
        if not 0 <= self.context_pieces <= capacity:
            allowed = f"0 to {capacity}, what a window holds besides its special pieces"
            raise ValueError(Errors.B012.format(setting="context_pieces", found=self.context_pieces, allowed=allowed))
        if not 0 <= self.overlap_pieces <= capacity // 2:
            overlap, window = self.overlap_pieces, self.window_pieces
            raise ValueError(Errors.B006.format(overlap=overlap, window=window, capacity=capacity, limit=capacity // 2))
