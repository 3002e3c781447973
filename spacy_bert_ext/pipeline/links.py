"""Whether the encoders that heads were trained on are saved with them."""

from collections.abc import Sequence
from typing import Any

from spacy.language import Language
from thinc.api import Model

from ..errors import Errors
from ..sharing.listener import EncoderListener
from ..sharing.shared_encoder import SharedEncoder


def check_pipeline(nlp: Language) -> None:
    """RAISES (ValueError): See `check_links`."""
    for name, pipe in nlp.components:
        model = getattr(pipe, "model", None)
        if isinstance(model, Model):
            check_links(model, name, nlp.component_names)


def check_links(model: Model[Any, Any], name: str, components: Sequence[str] | None) -> None:
    """Whether each encoder that a component listens to is found again when the pipeline is loaded.

    components (Sequence[str]): Names of what is saved, in the pipeline's order; None if they are not known.

    RAISES (ValueError): An encoder was renamed, or removed from the pipeline.
    """
    before = None if components is None or name not in components else components[: components.index(name)]
    for node in model.walk():
        encoder = getattr(node, "encoder", None)  # of a listener that is linked, whoever's it is
        if not isinstance(encoder, SharedEncoder):
            continue
        upstream = encoder.links.upstream_of(node)
        if upstream not in ("*", encoder.name):
            raise ValueError(Errors.B204.format(name=name, upstream=upstream, encoder=encoder.name))
        if before is not None and encoder.name not in before:
            is_ours = isinstance(node, EncoderListener) and not node.is_in_tok2vec
            path = "model.encoder" if is_ours else "model.tok2vec"
            raise ValueError(Errors.B203.format(name=name, encoder=encoder.name, path=path))
