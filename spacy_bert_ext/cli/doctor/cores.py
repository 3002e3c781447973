"""Threads, cores and load: how fast a CPU can be now, and what would help."""

import os

import torch
from wasabi import msg

from ...runtime.cores import affinity_cores, available_cores, quota_cores
from ...runtime.spinning import WAIT_VARIABLES, spinning
from ...runtime.threads import number_of_threads
from ...training.slowness import EXCESS_LOAD, load_of_machine


def examine_cores() -> None:
    """Print them."""
    quota, load, threads = quota_cores(), load_of_machine(), number_of_threads("auto")
    cores, of_torch = available_cores(), torch.get_num_threads()
    msg.table(
        [
            ("cores of this process", f"{affinity_cores()} of {os.cpu_count()}"),
            ("quota of the container", "none" if quota is None else f"{quota:g} cores"),
            ('threads = "auto"', str(threads)),
            ("torch's threads", str(of_torch)),
            ("waiting threads", _wait_policy()),
            ("load (1 minute)", "not known" if load is None else f"{load:.1f}"),
        ]
    )
    if of_torch > cores:
        msg.info(
            f"torch takes {of_torch} threads, cores and quota allow {cores}",
            f"Our components take {threads}. For everything else in the process set OMP_NUM_THREADS={cores}.",
        )
    if load is not None and load > cores + EXCESS_LOAD:
        msg.warn(
            f"Other processes want the cores: the load is {load:.1f} on {cores}",
            "Stop them, or expect times that vary. For several workers on one machine, see docs/guides/serving.md.",
        )


def _wait_policy() -> str:
    told = [f"{variable}={os.environ[variable]}" for variable in WAIT_VARIABLES if variable in os.environ]
    if told:
        return f"as the environment says: {', '.join(told)}"
    return "as OpenMP has it" if spinning() is None else "spin; sleep beside busy processes"
