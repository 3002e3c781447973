"""Which encoder is taken where none is given."""

from huggingface_hub import HfApi, try_to_load_from_cache

from ...errors import Errors
from ..configs.default_encoders import ELSEWHERE, default_encoder

_SECONDS = 5


def choose_encoder(lang: str) -> str:
    """The default for the language, if it is here or can be fetched; else the one for 100 languages, if that is here.

    RAISES (ValueError): None of both.
    """
    name = default_encoder(lang)
    if _is_here(name) or _can_be_fetched(name):
        return name
    if _is_here(ELSEWHERE.name):
        return ELSEWHERE.name
    raise ValueError(Errors.B546.format(name=name, lang=lang))


def _is_here(name: str) -> bool:
    return isinstance(try_to_load_from_cache(name, "config.json"), str)


def _can_be_fetched(name: str) -> bool:
    try:
        HfApi().model_info(name, timeout=_SECONDS)
    except OSError:  # all errors of requests are OSErrors
        return False
    return True
