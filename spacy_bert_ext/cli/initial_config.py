"""`spacy bert init-config`: a complete, commented training config, for an encoder that is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spacy.cli._util import import_code
from spacy.util import get_lang_class
from thinc.api import Config
from wasabi import msg

from ..errors import Errors
from ..huggingface.descriptions import description_at_hand, fetch_description
from .configs.counted_steps import counted_steps
from .configs.default_encoders import default_encoder, reason_for
from .configs.encoder_settings import settings_for
from .configs.exportable import exportable_settings
from .configs.tasks import PRETRAIN, make_config, task_components
from .configs.writing import check_output, write_config
from .input_errors import told
from .next_steps import tell_next_steps
from .reported import fail


class Request(NamedTuple):
    """What is asked for, see the command's options.

    component: Instead of the task's.
    encoder: None for the default of the language.
    """

    task: str = "joint"
    component: Sequence[str] = ()
    encoder: str | None = None
    lang: str = "en"
    train: Path | None = None
    dev: Path | None = None
    epochs: float | None = None
    exportable: bool = False
    offline_ok: bool = False

    @property
    def pretrains(self) -> bool:
        return self.task == PRETRAIN and not self.component

    def paths(self) -> dict[str, object]:
        given = {"train": self.train, "dev": self.dev}
        return {name: path.as_posix() for name, path in given.items() if path is not None}


def init_config_to(output_path: str, request: Request, *, code_path: Path | None, force: bool) -> None:
    """Write a config to a file, or with "-" to standard output."""
    import_code(code_path)
    check_output(output_path, force)
    is_file = output_path != "-"
    encoder = request.encoder or default_encoder(request.lang)
    try:
        get_lang_class(request.lang)
        components = request.component or task_components(request.task)
        if is_file and request.encoder is None:
            msg.info(f"Encoder: {encoder}, since {reason_for(request.lang)}", "--encoder chooses another.")
        if not request.offline_ok:
            fetch_description(encoder)
        text = _config(request, list(components), encoder)
    except (ImportError, OSError, ValueError) as error:
        fail(told(error))
    write_config(output_path, text, force)
    if is_file:
        tell_settings(text)
        tell_next_steps(_next_steps(output_path, code_path, request))


def _config(request: Request, components: Sequence[str], encoder: str) -> str:
    more = ""
    if request.exportable:
        found = description_at_hand(encoder)
        more = exportable_settings(components, found.window_pooling if found else None)
    text = make_config(components, encoder, request.lang, paths=request.paths(), more=more)
    if request.epochs is None:
        return text
    if request.pretrains:
        raise ValueError(Errors.B563)
    if request.train is None:
        raise ValueError(Errors.B562)
    more += counted_steps(text, request.train, request.epochs, request.lang)
    return make_config(components, encoder, request.lang, paths=request.paths(), more=more)


def tell_settings(text: str) -> None:
    """Print what follows from the encoder in a config, or that nothing is known of it."""
    config = Config().from_str(text, interpolate=False)
    encoder = config["paths"].get("encoder")
    if not encoder:
        return
    settings = settings_for(encoder)
    for line in settings.told(config):
        msg.text(line)
    if settings.description is None:
        msg.warn(
            f"The size of the encoder '{encoder}' is not known: the settings are for BERT-base's size",
            "Set `encoder_learn_rate = 2e-4` for an encoder of up to 512 dimensions, 2e-5 for a wider one.",
        )


def _next_steps(path: str, code_path: Path | None, request: Request) -> list[str]:
    code = f" --code {code_path}" if code_path else ""
    if not request.pretrains:
        missing = [f" --paths.{part} {part}.spacy" for part in ("train", "dev") if part not in request.paths()]
        rest = "".join(missing) + code
        return [
            f"Check it:  python -m spacy bert doctor {path}{rest}",
            f"Train:     python -m spacy bert train {path} --output training{rest}",
        ]
    rest = f"--paths.raw_text raw.txt --paths.raw_dev raw_dev.txt{code}"
    return [
        f"Check it:  python -m spacy bert doctor {path} {rest}",
        f"Pretrain:  python -m spacy bert pretrain {path} --output pretraining {rest}",
        "Fine-tune: python -m spacy bert init-config ner.cfg --task ner --encoder pretraining/model-best",
    ]
