"""A saved pipeline → the same with encoder weights of two bytes instead of four."""

import shutil
from pathlib import Path

import srsly
import torch
from safetensors.torch import load_file, save_file

from ..errors import Errors
from ..pipeline.folders import written_whole


def halve(pipeline: Path, output: Path) -> None:
    """Copy a pipeline's folder with the weights of its encoders rounded to bf16; heads keep theirs.

    Where prediction computes in bf16, weights are rounded to it in any case: there nothing changes. Loaded weights are
    fp32 again, so that what is trained further, or saved again, is a pipeline like any other.

    RAISES (ValueError): The output is not empty, or the pipeline holds no encoder.
    """
    files = [path.relative_to(pipeline) for path in sorted(pipeline.rglob("*")) if path.is_file()]
    tokenizers = [file for file in files if file.name == "tokenizer.json"]
    encoders = {file.parent for file in tokenizers if file.with_name("config.json") in files}
    if not encoders:
        raise ValueError(Errors.B065.format(path=pipeline))
    with written_whole(output, replacing=None) as temporary:
        for file in files:
            (temporary / file).parent.mkdir(parents=True, exist_ok=True)
            if file.parent in encoders and file.suffix == ".safetensors":
                _halve_weights(pipeline / file, temporary / file)
            else:
                shutil.copy(pipeline / file, temporary / file)
        for folder in encoders:
            config = srsly.read_json(temporary / folder / "config.json")
            name = "dtype" if "dtype" in config else "torch_dtype"  # of transformers 5 and 4
            srsly.write_json(temporary / folder / "config.json", {**config, name: "bfloat16"})


def _halve_weights(file: Path, output: Path) -> None:
    weights = load_file(file)
    halved = {name: weight.bfloat16() if weight.dtype == torch.float32 else weight for name, weight in weights.items()}
    save_file(halved, output, metadata={"format": "pt"})
    shutil.copymode(file, output)  # safetensors lets only the owner read
