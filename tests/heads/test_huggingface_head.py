"""Heads of transformers around an encoder of their own; imported ones are tested with `from_pretrained`."""

import pytest
import torch
from safetensors.torch import load_file
from thinc.api import Model

from spacy_bert_ext.files.contents import FolderContents
from spacy_bert_ext.files.saved_files import SavedFiles
from spacy_bert_ext.heads.huggingface_head import HuggingFaceTextClassifier, HuggingFaceTokenClassifier
from spacy_bert_ext.heads.model import head_model, head_module_of, head_of
from tests.coded import raises_code
from tests.heads.classifiers import DOCS
from tests.tiny import make_encoder

HEADS = [HuggingFaceTokenClassifier(pooling="first"), HuggingFaceTextClassifier()]


def make(head, encoder):
    model = head_model(head, encoder)
    model.set_dim("nO", 3)
    model.initialize()
    return model


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
def test_what_is_written_comes_back(head, encoder, tmp_path):
    model = make(head, encoder)
    scores = head.tensors(model.predict(DOCS))[0]
    assert scores.shape == (5 if "token" in head.name else 3, 3)
    head_module_of(model).write(tmp_path)
    files = SavedFiles(FolderContents(tmp_path), "head", str(tmp_path))
    read = head_of(model).read_module(files, load_file(tmp_path / "model.safetensors"))
    model.shims[0].module = read
    assert torch.equal(head.tensors(model.predict(DOCS))[0], scores)


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
def test_new_outputs_come_after_those_that_there_are(head, encoder):
    model = make(head, encoder)
    before = head.tensors(model.predict(DOCS))[0]
    module = head_module_of(model)
    module.set_names(["a", "b", "c"])
    module.grow(["a", "b", "c", "d"], exclusive=True)
    after = head.tensors(model.predict(DOCS))[0]
    assert module.n_outputs == 4 and module.names() == ["a", "b", "c", "d"]
    torch.testing.assert_close(after[:, :3], before)


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
def test_an_encoder_that_is_none_of_ours_is_refused(head):
    with raises_code("B055"):
        head.module_for(Model("foreign", lambda model, docs, is_train: (docs, None)), width=4, n_outputs=2)
    with raises_code("B055"):
        head.new_module(4, 2)


def test_windows_must_be_pooled_as_the_head_reads_them(bert_folder):
    encoder = make_encoder(bert_folder, window_pooling="mean")
    with raises_code("B039"):
        make(HuggingFaceTextClassifier(), encoder)
    make(HuggingFaceTokenClassifier(pooling="first"), encoder)
