"""The state of torch that a program sets for itself: what is computed here does not depend on it.

Such state is another default type or device, autocast, inference mode, or gradients that are switched off. It is set
aside wherever work with torch begins, and is back when that ends. All of it belongs to a thread, but for the default
type: other threads see fp32 for as long, in programs that have set another.

The number of threads is set as well, to that of the object whose method is called, see `threads.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

from .threads import number_of_threads, threads_set

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_AUTOCASTING = ("cpu", "cuda", *(("mps",) if torch.backends.mps.is_available() else ()))


def in_own_surroundings(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Have a function compute as in a program that has set nothing.

    A method of an object that has `threads` computes on as many: a number, or "auto", as which None counts as well.
    """

    @wraps(function)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        threads = getattr(args[0], "threads", None) if args else None
        if number_of_threads(threads) == torch.get_num_threads() and _are_plain():
            return function(*args, **kwargs)
        with threads_set(threads), _own():
            return function(*args, **kwargs)

    return wrapper


def _are_plain() -> bool:
    tensor = torch.empty(0)  # shows most of what is set
    return (
        tensor.dtype is torch.float32
        and tensor.device.type == "cpu"
        and not tensor.is_inference()
        and torch.is_grad_enabled()
        and not any(map(torch.is_autocast_enabled, _AUTOCASTING))
    )


@contextmanager
def _own() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.device("cpu"))
        for device_type in _AUTOCASTING:
            if torch.is_autocast_enabled(device_type):
                stack.enter_context(torch.autocast(device_type, enabled=False))
                # Within another autocast the end of ours would keep weights that it has converted, until they are old.
                stack.callback(torch.clear_autocast_cache)
        if torch.get_default_dtype() is not torch.float32:
            stack.callback(torch.set_default_dtype, torch.get_default_dtype())
            torch.set_default_dtype(torch.float32)
        yield
