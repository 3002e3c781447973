"""Whether the encoders that heads were trained on are saved with them."""

from collections.abc import Sequence

from spacy.language import Language
from thinc.api import Model

from ..errors import Errors
from ..interop.transformer_data import is_transformer_listener
from ..sharing.listener import EncoderListener


def check_pipeline(nlp: Language) -> None:
    """RAISES (ValueError): See `check_links`."""
    for name, pipe in nlp.components:
        model = getattr(pipe, "model", None)
        if isinstance(model, Model):
            check_links(model, name, nlp.component_names)


def check_links(model: Model, name: str, components: Sequence[str] | None) -> None:
    """Whether each encoder that a component listens to is found again when the pipeline is loaded.

    components (Sequence[str]): Names of what is saved, in the pipeline's order; None if they are not known.

    RAISES (ValueError): An encoder was renamed, or removed from the pipeline.
    """
    before = None if components is None or name not in components else components[: components.index(name)]
    for node in model.walk():
        upstream = upstream_of(node)
        encoder = None if upstream is None else getattr(node, "encoder", None)
        if encoder is None:
            continue
        if upstream not in ("*", encoder.name):
            raise ValueError(Errors.B204.format(name=name, upstream=upstream, encoder=encoder.name))
        if before is not None and encoder.name not in before:
            is_ours = isinstance(node, EncoderListener) and not node.is_in_tok2vec
            path = "model.encoder" if is_ours else "model.tok2vec"
            raise ValueError(Errors.B203.format(name=name, encoder=encoder.name, path=path))


def upstream_of(node: Model) -> str | None:
    """The name of the encoder that a layer listens to; None if it is no listener."""
    if isinstance(node, EncoderListener):
        return node.upstream
    return node.upstream_name if is_transformer_listener(node) else None
