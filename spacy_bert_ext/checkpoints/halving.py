"""A saved pipeline → the same with encoder weights of two bytes instead of four."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import srsly
import torch
from safetensors.torch import load, save_file
from thinc.api import Config

from ..encoder.saved_checkpoint import INT8_FILE
from ..errors import Errors
from ..files.checksums import renew_checksums
from ..files.folder_bytes import bytes_to_files, folder_to_bytes, temporary_folder, write_files
from ..files.folder_kinds import PIPELINE
from ..files.folders import check_output, keep_others, require_pipeline, written_whole
from ..pipeline.saved_config import ENCODER_ARCHITECTURE, SavedConfig
from ..pipeline.saving import SPACY_FILES


def halve(pipeline: Path, output: Path, *, force: bool = False) -> None:
    """Copy a pipeline's folder with the weights of its encoders rounded to bf16; heads keep theirs.

    Where prediction computes in bf16, weights are rounded to it in any case: there nothing changes. Loaded weights are
    fp32 again, so that what is trained further, or saved again, is a pipeline like any other.

    force (bool): Replace a pipeline that is there.
    RAISES (ValueError): The folder holds no pipeline, or one without an encoder, or with an int8 one; the output holds
        something else.
    RAISES (SaveError): It can't be written.
    """
    require_pipeline(pipeline)
    check_output(output, replacing=PIPELINE, force=force)
    files = [path.relative_to(pipeline) for path in sorted(pipeline.rglob("*")) if path.is_file()]
    tokenizers = [file for file in files if file.name == "tokenizer.json"]
    checkpoints = [file.parent for file in tokenizers if file.with_name("config.json") in files]
    components = Config().from_disk(pipeline / "config.cfg", interpolate=False)["components"]
    models = [file for file in files if file.name == "model" and _has_encoder(components.get(file.parent.name, {}))]
    if not checkpoints and not models:
        raise ValueError(Errors.B065.format(path=pipeline))
    if any(file.name == INT8_FILE for file in files) or any(_is_int8(pipeline / model) for model in models):
        raise ValueError(Errors.B367.format(path=pipeline))
    with written_whole(output, replacing=PIPELINE, force=force) as temporary:
        for file in files:
            (temporary / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(pipeline / file, temporary / file)
        for folder in checkpoints:
            _halve_checkpoint(temporary / folder)
            renew_checksums(temporary / folder)
            renew_checksums((temporary / folder).parent)  # of a head with an encoder of its own
        for model in models:
            _halve_model(temporary / model)
        keep_others(output, temporary, SPACY_FILES | SavedConfig(output).component_names)


def _has_encoder(block: Mapping[str, Any]) -> bool:
    return block.get("@architectures") == ENCODER_ARCHITECTURE or any(
        _has_encoder(value) for value in block.values() if isinstance(value, Mapping)
    )


def _is_int8(model: Path) -> bool:
    shims = [shim for shims in srsly.read_msgpack(model)["shims"] for shim in shims]
    return any(INT8_FILE in srsly.msgpack_loads(shim) for shim in shims if shim)


def _halve_checkpoint(folder: Path) -> None:
    for file in folder.glob("*.safetensors"):
        mode = file.stat().st_mode
        weights = load(file.read_bytes())  # not a view of the file that is about to change
        halved = {
            name: weight.bfloat16() if weight.dtype == torch.float32 else weight for name, weight in weights.items()
        }
        save_file(halved, file, metadata={"format": "pt"})
        file.chmod(mode)  # safetensors lets only the owner read
    config = srsly.read_json(folder / "config.json")
    name = "dtype" if "dtype" in config else "torch_dtype"  # of transformers 5 and 4
    srsly.write_json(folder / "config.json", {**config, name: "bfloat16"})


def _halve_model(file: Path) -> None:
    """Of a component of spaCy's, which has the files of an encoder of its own among the shims of its thinc model."""
    model = srsly.read_msgpack(file)
    model["shims"] = [[_halve_shim(shim) for shim in shims] for shims in model["shims"]]
    srsly.write_msgpack(file, model)


def _halve_shim(shim: bytes) -> bytes:
    if "config.json" not in srsly.msgpack_loads(shim):
        return shim  # of another kind, or without weights
    with temporary_folder() as folder:
        write_files(bytes_to_files(shim), folder)
        _halve_checkpoint(folder)
        renew_checksums(folder)
        return folder_to_bytes(folder)
