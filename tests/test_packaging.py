"""Wheels of pipelines, installed where there is neither a network nor a checkpoint, predict the same."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import spacy
from spacy.cli.package import package
from spacy.language import Language
from spacy.util import get_minor_version_range

from spacy_bert_ext import __version__, from_pretrained
from spacy_bert_ext.checkpoints.halving import halve
from spacy_bert_ext.checkpoints.packaging import package_pipeline
from spacy_bert_ext.encoder.quantizing import calibration_batches, quantize_encoder
from tests.annotated import TEXTS
from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import encoder_of, learn, make_initialized
from tests.tiny import TEXT

SCRIPTS = Path(__file__).parent.parent / "project" / "scripts"
pytestmark = pytest.mark.skipif(not SCRIPTS.exists(), reason="the scripts are in a checkout only")

VERSION = "1.2.3"

USE = """
import json, os, socket, sys

def refuse(*args, **kwargs):
    raise AssertionError("network access")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import spacy
names, texts = json.load(sys.stdin)

def annotations(doc):
    scores = [ent._.score for ent in doc.ents]
    return {"ents": [(ent.start, ent.end, ent.label_) for ent in doc.ents], "scores": scores, "cats": doc.cats}

found = {name: [annotations(doc) for doc in spacy.load(name).pipe(texts)] for name in names}
# transformers 4.48 notes the version of its cache there.
cached = [file for _, _, files in os.walk(os.environ["HF_HOME"]) for file in files if file != "version.txt"]
assert not cached, cached
print(json.dumps({"found": found, "code": sys.modules["spacy_bert_ext"].__file__}))
"""


def shared(bert_folder: str, folder: Path) -> Language:
    nlp = make_initialized(bert_folder)
    learn(nlp)
    return nlp


def own(bert_folder: str, folder: Path) -> Language:
    """A head with an encoder of its own, besides the one that listens."""
    nlp = make_initialized(bert_folder, ("bert_ner", "bert_textcat"))
    learn(nlp)
    nlp.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    return nlp


def imported(bert_folder: str, folder: Path) -> Language:
    checkpoint = make_classifier(folder / "classifier", "bert", "token-classification", TAGS)
    return from_pretrained(checkpoint, encoder={"device": "cpu", "precision": "fp32", "window_pieces": 64})


def int8(bert_folder: str, folder: Path) -> Language:
    """An encoder without torch weights."""
    nlp = shared(bert_folder, folder)
    shim = encoder_of(nlp).shim
    batches = calibration_batches(shim, [nlp.make_doc(line) for line in TEXT.splitlines()])
    quantize_encoder(shim, "openvino", batches, progress=lambda *_: None)
    nlp.get_pipe_config("bert_encoder")["model"]["backend"] = "openvino"
    return nlp


KINDS = (shared, own, imported, *([int8] if importlib.util.find_spec("nncf") else []))


@pytest.fixture(scope="module")
def scripts():
    """The modules build_wheel and use_package of project/scripts."""
    sys.path.insert(0, str(SCRIPTS))
    yield [importlib.import_module(name) for name in ("build_wheel", "use_package")]
    sys.path.remove(str(SCRIPTS))
    for name in ("build_wheel", "use_package"):
        sys.modules.pop(name, None)


def make_package(name: str, make: Callable, bert_folder: str, folder: Path) -> tuple[Path, list]:
    """The source folder of a package, and what its pipeline predicts."""
    folder.mkdir()
    nlp = make(bert_folder, folder)
    nlp.to_disk(folder / "pipeline")
    expected = [annotations(doc) for doc in nlp.pipe(TEXTS)]
    package(folder / "pipeline", folder, name=name, version=VERSION, create_sdist=False, silent=True)
    return folder / f"en_{name}-{VERSION}", expected


def test_packaged_pipelines_predict_the_same_in_a_clean_environment(
    bert_folder: str, tmp_path: Path, scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)  # pip would take what lies there for installed
    build_wheel, use_package = scripts
    kinds = {make.__name__: make for make in KINDS}
    made = {name: make_package(name, make, bert_folder, tmp_path / name) for name, make in kinds.items()}
    with ThreadPoolExecutor() as pool:
        sources = [source for source, _ in made.values()]
        wheels = list(pool.map(lambda source: build_wheel.build_wheel(source, source.parent / "dist"), sources))
    for wheel in wheels:
        assert requirements(wheel) == {f"spacy-bert-ext{get_minor_version_range(__version__)}"}
    both = package_pipeline(tmp_path / "shared" / "pipeline", tmp_path / "both", name="both")
    made["both"] = made["shared"]
    python = use_package.make_environment(tmp_path / "environment", [*wheels, *both.wheels])
    found = use(python, [f"en_{name}" for name in made], tmp_path / "empty")
    assert Path(found["code"]).is_relative_to(tmp_path / "environment")
    for name, (_, expected) in made.items():
        for doc, annotated in zip(found["found"][f"en_{name}"], expected, strict=True):
            assert [tuple(ent) for ent in doc["ents"]] == annotated["ents"]
            assert doc["scores"] == pytest.approx(annotated["scores"], abs=1e-3)
            assert doc["cats"] == pytest.approx(annotated["cats"], abs=1e-3)


def requirements(wheel: Path) -> set[str]:
    """Of a wheel's metadata, bounds in ascending order."""
    with zipfile.ZipFile(wheel) as files:
        metadata = next(files.read(name) for name in files.namelist() if name.endswith(".dist-info/METADATA"))
    lines = re.findall(r"^Requires-Dist: ([\w-]+)(.*)$", metadata.decode("utf8"), re.MULTILINE)
    return {name + ",".join(sorted(bounds.split(","), reverse=True)) for name, bounds in lines}


def use(python: Path, packages: list[str], cache: Path) -> dict:
    """What packages predict without a network, with a Hugging Face cache that is empty."""
    cache.mkdir()
    ours = ("PYTHON", "HF_", "TRANSFORMERS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"HF_HOME": str(cache), "PYTHONNOUSERSITE": "1"}
    options = {"stdout": subprocess.PIPE, "text": True, "cwd": cache.parent, "env": environment}
    done = subprocess.run([python, "-c", USE], check=True, input=json.dumps([packages, TEXTS]), **options)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_halved_pipeline_makes_a_smaller_wheel(bert_folder: str, tmp_path: Path, scripts) -> None:
    build_wheel, _ = scripts
    sizes = {}
    source, _ = make_package("whole", shared, bert_folder, tmp_path / "whole")
    halve(tmp_path / "whole" / "pipeline", tmp_path / "half" / "pipeline")
    package(tmp_path / "half" / "pipeline", tmp_path / "half", name="half", version=VERSION, create_sdist=False)
    for path in (source, tmp_path / "half" / f"en_half-{VERSION}"):
        sizes[path.name] = build_wheel.build_wheel(path, path / "dist").stat().st_size
    whole, half = sizes.values()
    assert half < 0.8 * whole
    assert spacy.load(tmp_path / "half" / "pipeline").pipe_names
