"""An encoder's module → its graph, as torch traces it: what back ends convert.

    inputs    input_ids, attention_mask, token_type_ids    the last one if the checkpoint tells two texts apart
    outputs   last_hidden_state, pooler_output, hidden_state_0, 1, ...    without the last layer, which is the first of
                                                                          them; the second one if there is a pooler

Lengths are free in all of them. What was traced is what the module does with one example; that it does the same with
others is tried by `check_graph`.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import Errors
from ...huggingface.foreign import quiet
from ...huggingface.module import input_embeddings_of
from ...huggingface.probe import FOREIGN_ERRORS, are_same
from ...kernels.adapters import merged_copy
from ...messages.coded import bare
from ..inputs import Inputs

LAST, POOLER, STATE = "last_hidden_state", "pooler_output", "hidden_state_"
_PROBES = ((1, 5), (16, 31))  # windows, pieces: padded by up to 15, as much as in a batch

Compute: TypeAlias = Callable[[Sequence[np.ndarray]], np.ndarray]


class Traced(NamedTuple):
    """original: As it was given; module: takes `inputs`, gives `outputs`; script: of it, by the example.

    backend: For which, in messages.
    """

    original: nn.Module
    backend: str
    module: nn.Module
    script: torch.jit.ScriptModule
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    example: tuple[Tensor, ...]
    n_embeddings: int


@dataclass
class GraphOutput:
    """An `EncoderOutput`. pooler_output: Empty without a pooler."""

    last_hidden_state: Tensor
    pooler_output: Tensor
    hidden_states: tuple[Tensor, ...]


def graph_output(found: Mapping[str, Tensor]) -> GraphOutput:
    """found: What a graph gives, by names of its outputs."""
    last = found[LAST]
    states = tuple(found[name] for name in found if name.startswith(STATE))
    return GraphOutput(last, found.get(POOLER, last.new_empty(0)), (*states, last) if states else ())


def output_shape(name: str, n_windows: int, n_pieces: int, width: int) -> tuple[int, ...]:
    return (n_windows, width) if name == POOLER else (n_windows, n_pieces, width)


def wanted_outputs(outputs: Sequence[str], *, all_layers: bool) -> list[str]:
    return [name for name in outputs if all_layers or name in (LAST, POOLER)]


class _Flat(nn.Module):
    """A module of transformers with nothing but tensors around it."""

    def __init__(self, module: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.module, self.names = module, names

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        output: Any = self.module(**dict(zip(self.names, tensors)), output_hidden_states=True)
        pooled = [] if output.get(POOLER) is None else [output.pooler_output]
        return (output.last_hidden_state, *pooled, *output.hidden_states[:-1])


def traced(module: nn.Module, backend: str) -> Traced:
    """RAISES (ValueError): Torch can't trace it."""
    copied = merged_copy(module, torch.float32).eval()
    names = input_names(copied)
    n_embeddings = int(input_embeddings_of(copied).num_embeddings)
    example = example_inputs(names, 2, 7, n_embeddings)
    flat = _Flat(copied, names).eval()
    try:
        with quiet(), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is constant in a trace, and of torch's newer ways
            script = torch.jit.trace(flat, example, check_trace=False, strict=False)
            n_outputs = len(flat(*example))
    except FOREIGN_ERRORS as error:
        raise not_exported(module, backend, error) from error
    pooled = (POOLER,) if getattr(copied, "pooler", None) is not None else ()
    states = tuple(f"{STATE}{i}" for i in range(n_outputs - 1 - len(pooled)))
    outputs = (LAST, *pooled, *states)
    return Traced(
        module, backend, flat, script=script, inputs=names, outputs=outputs, example=example, n_embeddings=n_embeddings
    )


def input_names(module: nn.Module) -> tuple[str, ...]:
    config: Any = module.config
    takes_types = "token_type_ids" in inspect.signature(module.forward).parameters
    has_types = takes_types and getattr(config, "type_vocab_size", 0) > 1
    return ("input_ids", "attention_mask", *(["token_type_ids"] if has_types else []))


def example_inputs(names: tuple[str, ...], n_windows: int, n_pieces: int, n_embeddings: int) -> tuple[Tensor, ...]:
    """Windows of which all but the first are padded, by up to half: (n_windows, n_pieces) each."""
    ids = torch.arange(n_windows * n_pieces).reshape(n_windows, n_pieces) % n_embeddings
    lengths = n_pieces - torch.arange(n_windows) % (n_pieces // 2 + 1)
    mask = (torch.arange(n_pieces) < lengths[:, None]).long()
    types = mask * (torch.arange(n_pieces) >= n_pieces // 2)
    return (ids, mask, types)[: len(names)]


def in_order(names: tuple[str, ...], inputs: Inputs) -> list[Tensor]:
    """The tensors that a graph takes."""
    found = inputs.arguments()
    return [found[name] if name in found else torch.zeros_like(inputs.ids) for name in names]


def check_graph(trace: Traced, load: Callable[[], Compute], errors: type[Exception]) -> None:
    """Compare a converted graph with the module, at other lengths than those that it was traced with.

    load: Gives what computes the first output of the graph from its inputs.
    errors: What the library raises.
    RAISES (ValueError): It gives other vectors, or can't compute them.
    """
    probes = [example_inputs(trace.inputs, *shape, trace.n_embeddings) for shape in _PROBES]
    try:
        compute = load()
        outputs = [torch.from_numpy(compute([tensor.numpy() for tensor in given])) for given in probes]
    except errors as error:
        raise not_exported(trace.original, trace.backend, error) from error
    for given, found in zip(probes, outputs):
        with torch.no_grad():
            expected = trace.module(*given)[0]
        seen = given[1].bool()
        # Not a number in padding is one everywhere a layer above: 0 times it is not 0.
        if not (are_same(found[seen], expected[seen]) and found.isfinite().all()):
            reason = "its graph gives other vectors for other lengths than those that it was traced with"
            raise not_exported(trace.original, trace.backend, reason)


def not_exported(module: nn.Module, backend: str, reason: object) -> ValueError:
    architecture = type(module).__name__
    return ValueError(Errors.B361.format(architecture=architecture, backend=backend, reason=shortened(reason)))


def shortened(reason: object) -> str:
    """What a library says, as a part of a sentence."""
    return " ".join(bare(reason).split())[:300].rstrip(".")
