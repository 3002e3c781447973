"""Which layer of an encoder a weight belongs to: what is frozen, and each layer's learning rate, go by it."""

import re
from typing import NamedTuple

from torch import nn

from ..huggingface.module import input_embeddings_of


class Depths(NamedTuple):
    """The depth of every weight by its name: 0 below the layers, 1 in the lowest, `n_layers` in the top layer, and
    `n_layers + 1` after it.

    Below the layers stand the embeddings, what projects them to the layers' width (ELECTRA, ALBERT), and embeddings of
    relative positions, which all layers read (DeBERTa, MPNet). After them come a last normalization and the pooler.
    Layers that share their weights (ALBERT) are one; so is an encoder without a list of layers.
    """

    n_layers: int
    of: dict[str, int]

    def layers_above(self, name: str) -> int:
        """How many layers stand above that of a weight: 0 for the top one, `n_layers` for embeddings."""
        return max(0, self.n_layers - self.of[name])


def depths_of_weights(module: nn.Module) -> Depths:
    """The depths in an encoder of transformers, of whatever architecture."""
    names = [name for name, _ in module.named_parameters()]
    lists = _lists_of_layers(module)
    if not lists:
        embedding = input_embeddings_of(module).weight
        below = {name for name, weight in module.named_parameters() if weight is embedding}
        return Depths(1, {name: int(name not in below and not name.startswith("embeddings.")) for name in names})
    n_layers = len(list(module.get_submodule(lists[0]).children()))
    in_layers = re.compile(rf"(?:{'|'.join(map(re.escape, lists))})\.(\d+)\.")
    # Some keep embeddings beside their layers, with what belongs to these embeddings.
    holder = lists[0].rpartition(".")[0]
    holds_embeddings = any(isinstance(child, nn.Embedding) for child in module.get_submodule(holder).children())
    depths, past_layers = {}, False
    for name in names:
        found = in_layers.match(name)
        if found:
            depths[name], past_layers = int(found[1]) + 1, True
        else:
            is_beside = holds_embeddings and name.startswith(holder)
            depths[name] = n_layers + 1 if past_layers and not is_beside else 0
    return Depths(n_layers, depths)


def _lists_of_layers(module: nn.Module) -> list[str]:
    """The names of the lists that have an entry for each layer, or for each group of layers that share weights."""
    config = module.config
    n_layers = getattr(config, "num_hidden_groups", None) or getattr(config, "num_hidden_layers", 0)
    found: list[str] = []
    for name, part in module.named_modules():
        is_within = any(name.startswith(f"{outer}.") for outer in found)
        if isinstance(part, nn.ModuleList) and len(part) == n_layers and not is_within:
            found.append(name)
    return found
