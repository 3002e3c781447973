"""Docs as bytes, without a search through all installed packages for each of them."""

from functools import cache

from srsly.msgpack import msgpack_decoders, msgpack_encoders


@cache
def look_up_once() -> None:
    """Have srsly remember which kinds of values it can pack.

    It asks the entry points of all packages for each value, several times for a Doc: about 5 ms, longer than BERT takes
    for a short text. What is registered later than the first Doc is not seen.
    """
    for registry in (msgpack_encoders, msgpack_decoders):
        registry.get_all = registry.get_all().copy
