"""Which device a process computes on: what an engine has assigned to it, or what the pipeline says."""

import sys
from typing import Any

AUTO = "auto"


def chosen_device(setting: str) -> str:
    """A torch device. "auto" is the GPU that Ray or Spark has assigned to this process; "cpu" in an actor of Ray
    without one; else "auto", which leaves it to the pipeline: by default the GPU if there is one.
    """
    if setting != AUTO:
        return setting
    return _of_ray() or _of_spark() or AUTO


def _of_ray() -> str | None:
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return None
    context = ray.get_runtime_context()
    if context.worker.mode != ray.WORKER_MODE:  # the program that has started the work
        return None
    return "cuda:0" if ray.get_gpu_ids() else "cpu"  # others are hidden from the process


def _of_spark() -> str | None:
    pyspark = sys.modules.get("pyspark")
    context: Any = None if pyspark is None else pyspark.TaskContext.get()
    if context is None:
        return None
    gpu = context.resources().get("gpu")
    return f"cuda:{gpu.addresses[0]}" if gpu else None
