"""Encoders with and without weights on disk."""

import shutil
from contextlib import closing

import pytest
import torch

from spacy_bert_ext.encoder.saved_checkpoint import read_saved_checkpoint
from spacy_bert_ext.files.contents import FolderContents
from spacy_bert_ext.files.saved_files import SavedFiles
from tests.coded import raises_code
from tests.encoder.backends.int8_encoders import LINES, int8_bert
from tests.tiny import encoder_settings, make_docs, make_encoder

DOCS = make_docs(*LINES)


@pytest.fixture
def int8_folder(bert_folder, tmp_path):
    pytest.importorskip("nncf")
    int8_bert(bert_folder, "openvino").shims[0].save(tmp_path)
    return tmp_path


def read(folder, backend: str):
    with closing(SavedFiles(FolderContents(folder), "bert_encoder", folder)) as files:
        return read_saved_checkpoint(files, encoder_settings(folder, backend=backend))


def test_an_int8_encoder_has_no_weights(bert_folder, int8_folder):
    assert not (int8_folder / "model.safetensors").exists()
    found = read(int8_folder, "openvino")
    assert not found.has_weights and found.made_from == make_encoder(bert_folder).shims[0].weights_checksum()
    model = make_encoder(bert_folder, backend="openvino")
    model.shims[0].use(found)
    assert torch.equal(
        model.predict(DOCS).piece_vectors, int8_bert(bert_folder, "openvino").predict(DOCS).piece_vectors
    )


def test_another_back_end_can_not_read_it(int8_folder):
    with raises_code("B363", match='"openvino".*"torch"'):
        read(int8_folder, "torch")


def test_files_that_are_missing_are_told(int8_folder):
    (int8_folder / "openvino.json").unlink()
    with raises_code("B364", match="no files"):
        read(int8_folder, "openvino")


def test_a_torn_graph_is_refused(int8_folder):
    whole = (int8_folder / "openvino_model.xml").read_bytes()
    (int8_folder / "openvino_model.xml").write_bytes(whole[: len(whole) // 2])
    with raises_code("B364"):
        read(int8_folder, "openvino")


def test_weights_are_read_where_there_are_some(bert_folder, tmp_path):
    shutil.copytree(bert_folder, tmp_path / "copy")
    found = read(tmp_path / "copy", "torch")
    assert found.has_weights and found.made_from is None
