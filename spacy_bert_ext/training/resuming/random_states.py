"""The states of the random number generators that training draws from, as bytes."""

import random
import struct
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

RandomState: TypeAlias = NDArray[np.uint8]
RandomStates: TypeAlias = dict[str, RandomState]  # generator → state

_N_PYTHON_WORDS, _N_NUMPY_WORDS = 625, 624  # of the Mersenne Twister; Python counts its position among them


def host_states() -> RandomStates:
    """Of Python, NumPy and torch on the CPU: all that readers, batchers and dropout on a CPU draw from."""
    return {name: get() for name, (get, _) in _HOST.items()}


def random_states() -> RandomStates:
    """Of torch on GPUs as well."""
    states = host_states()
    if torch.cuda.is_initialized():
        states.update((f"cuda:{i}", state.numpy()) for i, state in enumerate(torch.cuda.get_rng_state_all()))
    return states


def set_random_states(states: RandomStates) -> None:
    """Go on from these states. Those of GPUs that this machine lacks are left out."""
    for name, state in states.items():
        if name in _HOST:
            _HOST[name][1](state)
        elif torch.cuda.is_available() and int(name.removeprefix("cuda:")) < torch.cuda.device_count():
            torch.cuda.set_rng_state(torch.from_numpy(state), name)


def _python_state() -> RandomState:
    _, words, normal = random.getstate()
    return _bytes(words, struct.pack("<?d", normal is not None, normal or 0.0))


def _set_python_state(state: RandomState) -> None:
    words, rest = _words(state, _N_PYTHON_WORDS)
    has_normal, normal = struct.unpack("<?d", rest)
    random.setstate((3, tuple(words.tolist()), normal if has_normal else None))


def _numpy_state() -> RandomState:
    _, words, place, has_normal, normal = np.random.get_state()
    return _bytes(words, struct.pack("<iid", place, has_normal, normal))


def _set_numpy_state(state: RandomState) -> None:
    words, rest = _words(state, _N_NUMPY_WORDS)
    np.random.set_state(("MT19937", words, *struct.unpack("<iid", rest)))


def _torch_state() -> RandomState:
    return torch.get_rng_state().numpy()


def _set_torch_state(state: RandomState) -> None:
    torch.set_rng_state(torch.from_numpy(state))


def _bytes(words: object, rest: bytes) -> RandomState:
    return np.frombuffer(np.array(words, dtype="<u4").tobytes() + rest, dtype=np.uint8)


def _words(state: RandomState, n_words: int) -> tuple[NDArray[np.uint32], bytes]:
    data = state.tobytes()
    return np.frombuffer(data[: 4 * n_words], dtype="<u4"), data[4 * n_words :]


_HOST: dict[str, tuple[Callable[[], RandomState], Callable[[RandomState], None]]] = {
    "python": (_python_state, _set_python_state),
    "numpy": (_numpy_state, _set_numpy_state),
    "torch": (_torch_state, _set_torch_state),
}
