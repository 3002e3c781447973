"""`spacy bert pretrain`: raw text → a checkpoint of transformers."""

from spacy.util import load_config, load_model_from_config
from thinc.api import Config
from wasabi import msg

from ..errors import Errors
from ..pretraining.checkpoints import Checkpoints
from ..pretraining.parts import find_parts, has_held_out_text
from ..training.resuming.kinds import Kind
from .reported import fail
from .training import Call, train_by


def pretrain_to(call: Call) -> None:
    """Train an encoder by the language model of its pipeline."""
    models = Checkpoints()
    if _is_without_raw_text(call):
        fail(Errors.B425)

    def kind_of(config: Config) -> Kind:
        nlp = load_model_from_config(config, auto_fill=True)
        find_parts(nlp)
        is_evaluated = has_held_out_text(nlp.config)
        if not is_evaluated:
            msg.info("No held-out text: no early stop, and the last step is the best", "`--paths.raw_dev` names some.")
        return Kind(models, is_evaluated=is_evaluated, evaluates_last=True)

    train_by(call, models, "Pre-training", kind_of)


def _is_without_raw_text(call: Call) -> bool:
    """Whether the command line sets what the config doesn't know: spaCy's error would not say what is wrong."""
    is_set = any(argument.startswith("--paths.raw_text") for argument in call.arguments)
    if not is_set or not call.config_path.is_file():
        return False
    return "raw_text" not in load_config(call.config_path, interpolate=False).get("paths", {})
