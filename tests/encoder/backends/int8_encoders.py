"""Small int8 encoders, made in a second or two."""

from functools import cache

from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.encoder.quantizing import calibration_batches, quantize_encoder
from tests.tiny import TEXT, make_docs, make_encoder

LINES = tuple(line for line in TEXT.split("\n") if line)


def no_progress(stage: str, done: int, total: int) -> None:
    """Nobody looks."""


def make_int8(folder: str, backend: str, **settings) -> EncoderModel:
    model = make_encoder(folder, **settings)
    shim = model.shims[0]
    batches = calibration_batches(shim, make_docs(*LINES))
    quantize_encoder(shim, backend, batches, progress=no_progress)
    return model


@cache
def int8_bert(folder: str, backend: str) -> EncoderModel:
    """One that is not to be changed."""
    return make_int8(folder, backend)
