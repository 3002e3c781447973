"""Versions, devices, precisions and cores."""

import platform
from importlib.metadata import PackageNotFoundError, version

import torch
from wasabi import msg

from ...encoder.device import (
    PRECISIONS,
    available_devices,
    choose_device,
    choose_precision,
    choose_training_precision,
    computes_int8_fast,
)
from .cores import examine_cores

PACKAGES = (
    *("spacy", "thinc", "torch", "transformers", "tokenizers", "spacy-transformers", "peft"),
    *("openvino", "onnxruntime", "nncf", "spacy-bert-ext"),
)


def examine_machine() -> None:
    """Print them."""
    msg.divider("Machine")
    msg.table([("Python", platform.python_version()), *((name, _version(name)) for name in PACKAGES)])
    device = choose_device("auto")
    msg.table(
        [
            ("devices", ", ".join(available_devices())),
            ('device = "auto"', str(device)),
            ('precision = "auto", prediction', precision_name(choose_precision("auto", device))),
            (
                'precision = "auto", training',
                f"computes in {precision_name(choose_training_precision('auto', device))}, weights fp32",
            ),
            ("int8 on the CPU", "fast" if computes_int8_fast() else "works, but gains less: the CPU has no VNNI"),
        ]
    )
    examine_cores()
    if device.type == "cpu":
        msg.info("No GPU found: small encoders train well on a CPU, those of BERT-base's size slowly.")
    if _version("spacy-transformers") == "not installed":
        msg.info("Without spacy-transformers, heads can't listen to its `transformer`; everything else works.")


def precision_name(precision: torch.dtype) -> str:
    return next(name for name, dtype in PRECISIONS.items() if dtype == precision)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
