"""Which scores a component is to be judged by: those that its factory names, by the key that it writes to."""

from collections.abc import Mapping
from typing import Any

from spacy.language import FactoryMeta


def default_weights(meta: FactoryMeta, settings: Mapping[str, Any]) -> dict[str, float | None]:
    """The default score weights of a factory, for a component with these settings.

    A scorer of spans names its scores after their key: of `spans_key = "genes"` the score is `spans_genes_f`, while the
    factory names that of its default key, `spans_sc_f`.

    settings (Mapping[str, Any]): Of the component, such as its cfg; those that it lacks are the factory's.
    """
    default = (meta.default_config or {}).get("spans_key")
    key = settings.get("spans_key", default)
    weights: dict[str, float | None] = dict(meta.default_score_weights or {})
    if not isinstance(default, str) or not isinstance(key, str):
        return weights
    prefix = f"spans_{default}_"
    return {
        f"spans_{key}_{name.removeprefix(prefix)}" if name.startswith(prefix) else name: weight
        for name, weight in weights.items()
    }
