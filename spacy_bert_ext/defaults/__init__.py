"""Default settings: a commented `.cfg` file for each component, read by its factory, `init-config`, docs and tests.

`[components.<factory>]` holds the settings, `[training.score_weights]` the scores that a pipeline with the component is
chosen by in training. spaCy adds up the weights of all components.
"""

from pathlib import Path

from thinc.api import Config


def default_text(factory: str) -> str:
    """The file of a factory of this package, as it stands."""
    return (Path(__file__).parent / f"{factory}.cfg").read_text(encoding="utf8")


def default_settings(factory: str) -> tuple[dict, dict]:
    """Settings and score weights of a component, as `Language.factory` takes them."""
    config = Config().from_str("[components]\n[training]\n" + default_text(factory))
    settings = dict(config["components"][factory])
    del settings["factory"]
    return settings, config["training"].get("score_weights", {})
