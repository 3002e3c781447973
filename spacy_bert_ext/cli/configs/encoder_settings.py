"""Settings that follow from the encoder: its learning rate from its width, its window from its positions."""

from typing import NamedTuple

from thinc.api import Config

from ...huggingface.descriptions import Description, description_at_hand

# Small encoders want higher rates, (widest encoder, rate): Devlin et al. 2019 fine-tune BERT with 2e-5 to 5e-5, Turc et
# al. 2019 ("Well-Read Students Learn Better") smaller ones with up to 3e-4.
ENCODER_RATES = ((512, 2e-4), (768, 5e-5), (10**6, 2e-5))
BASE_WIDTH = 768  # taken where nothing is known
WINDOW_PIECES, OVERLAP_PIECES = 256, 32  # by default


class EncoderSettings(NamedTuple):
    """description: None if nothing is known of the encoder: then settings are those of BERT-base.

    learn_rate: `encoder_learn_rate`.
    is_uncased: Whether heads have to be told how tokens are written, see `casing`.
    """

    name: str
    description: Description | None
    learn_rate: float
    is_uncased: bool
    window_pieces: int = WINDOW_PIECES
    overlap_pieces: int = OVERLAP_PIECES

    @property
    def basis(self) -> str:
        """What the learning rate follows from, as a sentence."""
        if self.description is None or self.description.width is None:
            return f"'{self.name}' is not here to be read, and this is the rate for {BASE_WIDTH} dimensions."
        return f"'{self.name}' has {self.description.width} dimensions."

    def told(self, config: Config) -> list[str]:
        """Which settings of a config follow from the encoder, and why, for people."""
        lines = []
        if config["training"]["optimizer"].get("encoder_learn_rate") == self.learn_rate:
            lines.append(f"encoder_learn_rate = {self.learn_rate:g}: {self.basis}")
        batcher = config["training"]["batcher"].get("window_pieces")
        if batcher == self.window_pieces and self.description and self.window_pieces < WINDOW_PIECES:
            lines.append(f"window_pieces = {self.window_pieces}: '{self.name}' takes no longer windows.")
        if self.is_uncased and any(block.get("model", {}).get("casing") for block in config["components"].values()):
            lines.append(
                "casing = true: the tokenizer makes letters small, so the head reads the case from the tokens."
            )
        return lines


def settings_for(encoder: str, revision: str | None = None) -> EncoderSettings:
    """encoder (str): Folder, or name on the hub, of which only what lies here is read."""
    found = description_at_hand(encoder, revision) if encoder else None
    known = found or Description()
    is_uncased = "uncased" in encoder.lower() if known.is_uncased is None else known.is_uncased
    window = min(WINDOW_PIECES, known.max_window_pieces or WINDOW_PIECES)
    return EncoderSettings(
        encoder,
        found,
        rate_for(known.width),
        is_uncased,
        window_pieces=window,
        overlap_pieces=min(OVERLAP_PIECES, window // 4),
    )


def rate_for(width: int | None) -> float:
    """width (int): None if it is not known."""
    return next(rate for widest, rate in ENCODER_RATES if (width or BASE_WIDTH) <= widest)
