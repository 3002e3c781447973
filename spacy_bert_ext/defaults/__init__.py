"""Default settings: a commented `.cfg` file for each component, read by its factory, `init-config`, docs and tests.

`[components.<factory>]` holds the settings, `[training.score_weights]` the scores that a pipeline with the component is
chosen by in training. spaCy adds up the weights of all components. What all heads have in common stands in `loss.cfg`.
"""

from pathlib import Path
from typing import Any

from thinc.api import Config

FOLDER = Path(__file__).parent
LOSS_LINES = "# The settings of loss.cfg.\nloss = ${loss}\n"  # in the files of heads


def has_defaults(factory: str) -> bool:
    return (FOLDER / f"{factory}.cfg").exists()


def default_text(factory: str) -> str:
    """The settings of a factory of this package, with their comments; or what `training.cfg` has besides them."""
    loss = _read("loss").replace("[loss]", f"[components.{factory}.loss]")
    return _read(factory).replace(LOSS_LINES, f"\n{loss}")


def exportable_text() -> str:
    """What encoder and heads need besides their defaults to be exported, with comments."""
    return _read("exportable")


def default_settings(factory: str) -> tuple[dict[str, Any], dict[str, float | None]]:
    """Settings and score weights of a component, as `Language.factory` takes them."""
    config = Config().from_str("[components]\n[training]\n" + default_text(factory))
    settings = dict(config["components"][factory])
    del settings["factory"]
    return settings, config["training"].get("score_weights", {})


def default_loss() -> dict[str, Any]:
    """The block `loss`, for the default settings of any head whose loss has these settings."""
    settings: dict[str, Any] = Config().from_str(_read("loss"))["loss"]
    return settings


def _read(name: str) -> str:
    return (FOLDER / f"{name}.cfg").read_text(encoding="utf8")
