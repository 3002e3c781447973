"""Interleaved rounds, paired ratios, and the machine they were measured on."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import torch

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("spacy-bert-ext", "spacy", "thinc", "torch", "transformers", "tokenizers", "spacy-transformers")


def interleave(contenders: Mapping[str, Callable[[int], None]], n_rounds: int) -> dict[str, list[float]]:
    """Seconds of every contender in every round, in the order A B C, A B C, ...

    Shared machines change their speed from minute to minute: only times of the same round may be compared.

    contenders (Mapping): By name: does the work of the round with this number.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for i in range(n_rounds):
        for name, work in contenders.items():
            begin = time.perf_counter()
            work(i)
            synchronize()
            seconds[name].append(time.perf_counter() - begin)
    return seconds


def synchronize() -> None:
    """Wait until the GPU, if there is one, has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def median_ratio(numerators: list[float], denominators: list[float]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


def describe_machine() -> dict:
    """What a reader needs to know of where a figure was measured; no names of hosts or users."""
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "gpus": gpus,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
    }


def save(name: str, figures: dict) -> Path:
    """Write `results/<name>.json`: the machine's description and the figures."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": describe_machine(), **figures}, indent=2) + "\n", encoding="utf8")
    return path


def saved_tasks(name: str) -> dict:
    """What an earlier run on the same machine saved of its tasks, by task; empty if there is none."""
    path = RESULTS / f"{name}.json"
    saved = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    return saved.get("tasks", {}) if saved.get("machine") == describe_machine() else {}


def saved_parts(name: str, keys: Iterable[str]) -> dict:
    """What earlier calls of a benchmark with several parts have found, by part."""
    path = RESULTS / f"{name}.json"
    found = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    return {key: found[key] for key in keys if key in found}


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor()
    rows = [line.partition(":") for line in cpuinfo.read_text().splitlines()]
    names = [value.strip() for key, _, value in rows if key.strip() == "model name"]
    flags = next((value.split() for key, _, value in rows if key.strip() == "flags"), [])
    kinds = [flag for flag in ("avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16") if flag in flags]
    return f"{names[0] if names else platform.machine()} ({', '.join(kinds)})"
