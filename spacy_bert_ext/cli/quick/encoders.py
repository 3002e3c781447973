"""Which encoder is taken where none is given."""

from huggingface_hub import HfApi

from ...errors import Errors
from ...huggingface.descriptions import is_at_hand
from ..configs.default_encoders import ELSEWHERE, default_encoder

_SECONDS = 5


def choose_encoder(lang: str) -> str:
    """The default for the language, if it is here or can be fetched; else the one for 100 languages, if that is here.

    RAISES (ValueError): None of both.
    """
    name = default_encoder(lang)
    if is_at_hand(name) or _can_be_fetched(name):
        return name
    if is_at_hand(ELSEWHERE.name):
        return ELSEWHERE.name
    raise ValueError(Errors.B546.format(name=name, lang=lang))


def _can_be_fetched(name: str) -> bool:
    try:
        HfApi().model_info(name, timeout=_SECONDS)
    except Exception:  # of requests an OSError; of httpx, in newer versions of the hub's library, of many kinds
        return False
    return True
