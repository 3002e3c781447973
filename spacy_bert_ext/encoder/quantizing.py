"""An encoder's weights → int8 ones, with which a back end predicts.

batches = calibration_batches(shim, docs)
quantize_encoder(shim, "openvino", batches, progress=progress)
nlp.get_pipe_config(name)["model"]["backend"] = "openvino"      # what is saved loads with this back end
nlp.to_disk(...)
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from spacy.tokens import Doc

from ..errors import Errors
from ..pieces.batches import Batches
from ..types import Ints1d
from .backends.backend import Int8Backend, Progress
from .backends.registry import new_backend
from .inputs import Inputs, inputs_of
from .plan import MOST_PIECES, pack_to_predict
from .readings import Reading, Texts, plan_texts
from .saved_checkpoint import SavedCheckpoint, without_weights
from .shim import EncoderShim

N_BATCHES = 50  # more change the scales of activations little


def calibration_batches(
    shim: EncoderShim, docs: Sequence[Doc], n_batches: int = N_BATCHES, *, readings: Sequence[Reading] = ()
) -> list[Inputs]:
    """Batches of the Docs as prediction makes them: of all lengths, spread evenly.

    readings (Sequence[Reading]): What heads read besides, see `Reading`.
    RAISES (ValueError): The Docs hold no pieces.
    """
    texts: list[Texts] = [docs, *readings]
    plans = [plan_texts(shim, one) for one in texts]
    chosen = [(plan, windows) for plan in plans for windows in _packed(plan)]
    if not chosen:
        raise ValueError(Errors.B368.format(n_docs=len(docs)))
    places = np.unique(np.linspace(0, len(chosen) - 1, n_batches).round().astype(int))
    return [inputs_of(plan.make(windows), shim.device) for plan, windows in (chosen[place] for place in places)]


def _packed(plan: Batches) -> Iterator[Ints1d]:
    """The windows that hold pieces of texts, in batches."""
    windows = np.flatnonzero(plan.lengths > plan.special.n_around)
    if len(windows):
        for places in pack_to_predict(plan.lengths[windows], MOST_PIECES["cpu"], "cpu"):
            yield windows[places]


def check_quantizes(name: str) -> Int8Backend:
    """A new back end of this name.

    RAISES (ValueError): Nobody has registered it, or it has no int8.
    """
    backend = new_backend(name)
    if not isinstance(backend, Int8Backend):
        raise ValueError(Errors.B366.format(backend=name))
    return backend


def quantize_encoder(shim: EncoderShim, name: str, batches: Sequence[Inputs], *, progress: Progress) -> None:
    """Have the encoder predict in int8 from now on, by this back end. It gives up its weights, and can't be trained.

    If that fails, it stays as it was.

    RAISES (ValueError): The back end has no int8, or can't export the architecture; the encoder is int8 already.
    RAISES (ImportError): A library for it is missing.
    """
    backend, checkpoint = check_quantizes(name), shim.loaded.checkpoint
    weights = shim.weights()
    backend.quantize(weights._replace(module=checkpoint.plain_module()), batches, progress=progress)
    module = without_weights(checkpoint)
    shim.settings = replace(shim.settings, backend=name)
    shim.use(SavedCheckpoint(checkpoint.config, checkpoint.tokenizer, module, shim.identity, backend=backend))
