"""Whole pipelines whose encoder is int8: loaded, saved, in threads and processes, and what they refuse."""

import copy
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import spacy
import torch

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.checkpoints.halving import halve
from spacy_bert_ext.encoder.quantizing import calibration_batches, quantize_encoder
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.encoder.backends.int8_encoders import no_progress
from tests.pipeline.comparing import assert_same
from tests.pipeline.pipelines import adamw, encoder_of

for package in ("nncf", "openvino", "onnx", "onnxruntime"):
    pytest.importorskip(package)

LONG = " ".join(TEXTS * 20)


@pytest.fixture(scope="module", params=["openvino", "onnx"])
def backend(request):
    return request.param


@pytest.fixture(scope="module")
def int8_folder(trained_folder, tmp_path_factory, backend):
    """Of a pipeline that was trained, saved, and loaded again to become int8."""
    nlp = spacy.load(trained_folder)
    shim = encoder_of(nlp).shim
    quantize_encoder(shim, backend, calibration_batches(shim, list(map(nlp.make_doc, TEXTS))), progress=no_progress)
    nlp.get_pipe_config("bert_encoder")["model"]["backend"] = backend
    folder = tmp_path_factory.mktemp("int8") / "pipeline"
    save_pipeline(nlp, folder)
    return folder


@pytest.fixture(scope="module")
def nlp(int8_folder):
    return spacy.load(int8_folder)


@pytest.fixture(scope="module")
def expected(nlp):
    return list(nlp.pipe([*TEXTS, LONG]))


def test_it_holds_no_weights_of_the_encoder(nlp, int8_folder):
    assert not (int8_folder / "bert_encoder" / "model.safetensors").exists()
    assert all(weight.is_meta for weight in encoder_of(nlp).shim.module.parameters())


def test_ends_of_lines_that_git_has_changed_are_no_damage(int8_folder, expected, tmp_path):
    folder = shutil.copytree(int8_folder, tmp_path / "copied")
    for file in (folder / "bert_encoder").iterdir():
        if file.suffix in (".json", ".xml"):
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert_same(list(spacy.load(folder).pipe([*TEXTS, LONG])), expected, tolerance=1e-6)


def test_a_doc_is_annotated_the_same_alone_and_in_company(nlp, expected):
    assert_same([nlp(text) for text in [*TEXTS, LONG]], expected, tolerance=1e-6)


def test_what_is_saved_again_is_the_same(nlp, expected, tmp_path):
    nlp.to_disk(tmp_path)
    assert_same(list(spacy.load(tmp_path).pipe([*TEXTS, LONG])), expected, tolerance=1e-6)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda nlp: pickle.loads(pickle.dumps(nlp)), None])
def test_copies_pickles_and_bytes(nlp, int8_folder, expected, how):
    other = spacy.load(int8_folder).from_bytes(nlp.to_bytes()) if how is None else how(nlp)
    assert_same(list(other.pipe([*TEXTS, LONG])), expected, tolerance=1e-6)


def test_in_four_threads(nlp, expected):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(nlp, [*TEXTS, LONG] * 4))
    assert_same(found, expected * 4, tolerance=1e-6)


def test_in_processes_that_were_forked_after_it_has_predicted(nlp, expected):
    assert_same(list(nlp.pipe([*TEXTS, LONG], n_process=2, batch_size=2)), expected, tolerance=1e-6)


def test_vectors_on_docs(int8_folder):
    settings = {"components.bert_encoder.keep": "tokens", "components.bert_encoder.layers": [0, -1]}
    nlp = spacy.load(int8_folder, config=settings)
    doc = nlp(TEXTS[0])
    assert doc._.bert.piece_vectors.shape == doc._.bert.last_hidden_state.shape
    assert not np.allclose(doc._.bert.piece_vectors, doc._.bert.last_hidden_state)
    assert doc._.bert.pooler_output.shape == doc._.bert.window_vectors.shape
    last = spacy.load(int8_folder, config={"components.bert_encoder.keep": "tokens"})(TEXTS[0])
    assert np.array_equal(last._.bert.last_hidden_state, doc._.bert.last_hidden_state)


def test_context_and_pieces_of_the_text(int8_folder):
    for settings in ({"context_pieces": 16}, {"pieces_from": "text"}):
        changed = {f"components.bert_encoder.model.{key}": value for key, value in settings.items()}
        assert spacy.load(int8_folder, config=changed)(LONG).cats


def test_training_is_refused(int8_folder):
    nlp = spacy.load(int8_folder)
    examples = make_examples(nlp)
    with raises_code("B362", match="trained.*made from"):
        nlp.update(examples, sgd=adamw())


def test_initializing_takes_the_checkpoint_again(int8_folder, bert_folder):
    nlp = spacy.load(int8_folder, config={"components.bert_encoder.model.name": bert_folder})
    nlp.initialize(lambda: make_examples(nlp))
    assert encoder_of(nlp).shim.made_from is None and not next(encoder_of(nlp).shim.module.parameters()).is_meta
    nlp.update(make_examples(nlp), sgd=adamw())


def test_other_back_ends_devices_and_halves_are_refused(int8_folder, nlp, tmp_path, monkeypatch):
    with raises_code("B363"):
        spacy.load(int8_folder, config={"components.bert_encoder.model.backend": "torch"})
    with raises_code("B367"):
        halve(int8_folder, tmp_path / "half")
    assert not (tmp_path / "half").exists()
    monkeypatch.setattr("spacy_bert_ext.encoder.backends.devices.choose_device", torch.device)
    monkeypatch.setattr("spacy_bert_ext.encoder.shim.choose_device", torch.device)
    with raises_code("B365", match="cuda"):
        encoder_of(nlp).to("cuda")


def test_a_file_that_was_changed_is_refused(int8_folder, tmp_path):
    nlp = spacy.load(int8_folder)
    nlp.to_disk(tmp_path)
    file = (
        tmp_path
        / "bert_encoder"
        / ("model.onnx" if encoder_of(nlp).shim.settings.backend == "onnx" else "openvino_model.bin")
    )
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with raises_code("B170", match=file.name):
        spacy.load(tmp_path)
    file.write_bytes(content[:-1])
    with raises_code("B170", match=file.name):
        spacy.load(tmp_path)


def test_occlusion_explains_it_and_gradients_are_refused(nlp):
    textcat, doc = nlp.get_pipe("bert_textcat"), nlp.make_doc(TEXTS[0])
    found = textcat.explain(doc, method="occlusion")
    assert found.probability == pytest.approx(textcat.predict([doc]).max(), abs=1e-6)
    assert np.abs(found.scores).sum() > 0
    for method in ("integrated_gradients", "gradient_times_input", "attention", "rollout"):
        with raises_code("B394", match="occlusion"):
            textcat.explain(doc, method=method)
