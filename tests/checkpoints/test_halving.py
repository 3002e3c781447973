"""Encoder weights of two bytes."""

import shutil
from pathlib import Path

import spacy
import torch
from safetensors.torch import load_file
from spacy.language import Language
from thinc.api import PyTorchWrapper
from transformers import AutoModel

from spacy_bert_ext.checkpoints.halving import halve
from tests.annotated import TEXTS
from tests.coded import raises_code
from tests.interop.spacy_heads import annotated, make_initialized
from tests.interop.treebank import treebank_examples
from tests.pipeline.comparing import assert_same, entities, weights_of
from tests.pipeline.pipelines import HEADS, encoder_of, learn

BF16 = {"components.bert_encoder.model.precision": "bf16"}


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.safetensors"))


def test_weights_of_the_encoder_take_half_the_room(trained_folder: Path, tmp_path: Path) -> None:
    halve(trained_folder, tmp_path / "half")
    encoder = load_file(tmp_path / "half" / "bert_encoder" / "model.safetensors")
    whole = load_file(trained_folder / "bert_encoder" / "model.safetensors")
    assert {weight.dtype for weight in encoder.values()} == {torch.bfloat16}
    assert all(torch.equal(encoder[name], whole[name].bfloat16()) for name in whole)
    for name in HEADS:
        weights = load_file(tmp_path / "half" / name / "model.safetensors")
        assert {weight.dtype for weight in weights.values()} == {torch.float32}
    halved, before = size(tmp_path / "half" / "bert_encoder"), size(trained_folder / "bert_encoder")
    assert 0.5 < halved / before < 0.6
    assert AutoModel.from_pretrained(tmp_path / "half" / "bert_encoder", torch_dtype="auto").dtype == torch.bfloat16
    files = {str(path.relative_to(trained_folder)) for path in trained_folder.rglob("*")}
    assert {str(path.relative_to(tmp_path / "half")) for path in (tmp_path / "half").rglob("*")} == files
    assert (tmp_path / "half" / "bert_encoder" / "model.safetensors").stat().st_mode & 0o444 == 0o444


def test_predictions_in_bf16_are_the_same_and_in_fp32_nearly(
    trained: Language,
    trained_folder: Path,
    tmp_path: Path,
) -> None:
    halve(trained_folder, tmp_path / "half")
    in_bf16 = list(spacy.load(trained_folder, config=BF16).pipe(TEXTS))
    assert_same(list(spacy.load(tmp_path / "half", config=BF16).pipe(TEXTS)), in_bf16, tolerance=1e-9)
    in_fp32 = list(spacy.load(tmp_path / "half").pipe(TEXTS))
    expected = list(trained.pipe(TEXTS))
    assert [entities(doc) for doc in in_fp32] == [entities(doc) for doc in expected]
    assert_same(in_fp32, expected, tolerance=0.05)


def test_a_halved_pipeline_learns_and_is_saved_in_fp32(trained_folder: Path, tmp_path: Path) -> None:
    halve(trained_folder, tmp_path / "half")
    nlp = spacy.load(tmp_path / "half")
    assert {weight.dtype for weight in encoder_of(nlp).shim.module.parameters()} == {torch.float32}
    learn(nlp, steps=2)
    nlp.to_disk(tmp_path / "again")
    assert size(tmp_path / "again") == size(trained_folder)


def test_an_encoder_of_a_heads_own_is_halved(trained: Language, tmp_path: Path) -> None:
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    trained.to_disk(tmp_path / "whole")
    halve(tmp_path / "whole", tmp_path / "half")
    for part, dtype in (("bert_ner/encoder", torch.bfloat16), ("bert_ner", torch.float32)):
        weights = load_file(tmp_path / "half" / part / "model.safetensors")
        assert {weight.dtype for weight in weights.values()} == {dtype}
    assert_same(list(spacy.load(tmp_path / "half").pipe(TEXTS)), list(trained.pipe(TEXTS)), tolerance=0.05)


def test_an_encoder_of_its_own_in_a_component_of_spacys_is_halved(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_initialized(bert_folder, ["tagger", "bert_ner"])
    learn(nlp, treebank_examples(nlp), steps=30)
    nlp.replace_listeners("bert_encoder", "tagger", ["model.tok2vec"])
    nlp.remove_pipe("bert_encoder")
    nlp.remove_pipe("bert_ner")
    nlp.to_disk(tmp_path / "whole")
    halve(tmp_path / "whole", tmp_path / "half")
    halved, before = ((tmp_path / name / "tagger" / "model").stat().st_size for name in ("half", "whole"))
    assert 0.5 < halved / before < 0.75
    in_bf16 = {"components.tagger.model.tok2vec.encoder.precision": "bf16"}
    found, expected = (annotated(spacy.load(tmp_path / name, config=in_bf16)) for name in ("half", "whole"))
    assert found == expected == annotated(nlp)
    weights = {name: own_encoder(spacy.load(tmp_path / name), "tagger") for name in ("half", "whole")}
    for name, weight in weights["whole"].items():
        assert torch.equal(weights["half"][name], weight.bfloat16().float())
    PyTorchWrapper(torch.nn.Linear(1, 1)).to_disk(tmp_path / "whole" / "tagger" / "model")  # of another kind
    halve_again = [(tmp_path / "whole" / "tagger" / "model").read_bytes()]
    halve(tmp_path / "whole", tmp_path / "other")
    assert [(tmp_path / "other" / "tagger" / "model").read_bytes()] == halve_again


def own_encoder(nlp: Language, name: str) -> dict[str, torch.Tensor]:
    (encoder,) = [node for node in nlp.get_pipe(name).model.walk() if node.name == "bert_encoder"]
    return weights_of(encoder.shims[0].module)


def test_into_its_own_folder_and_over_nothing(trained_folder: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(trained_folder, tmp_path / "whole"))
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "notes.txt").touch()
    with raises_code("B201"):
        halve(whole, whole / "half")
    assert not (whole / "half").exists()
    with raises_code("B550"):
        halve(trained_folder, whole)
    (whole / "README.md").write_text("mine")
    halve(whole, whole, force=True)
    assert spacy.load(whole).pipe_names == spacy.load(trained_folder).pipe_names
    assert (whole / "README.md").read_text() == "mine"
    with raises_code("B032"):
        halve(trained_folder, notes, force=True)
    with raises_code("B066"):
        halve(trained_folder / "bert_encoder", tmp_path / "other")
    spacy.blank("en").to_disk(tmp_path / "blank")
    with raises_code("B065"):
        halve(tmp_path / "blank", tmp_path / "other")
    assert not (tmp_path / "other").exists()
