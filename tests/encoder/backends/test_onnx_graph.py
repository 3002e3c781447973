"""Export to ONNX."""

import pytest
from torch import nn

from spacy_bert_ext.encoder.backends.onnx_graph import exported, session_of
from tests.coded import raises_code
from tests.tiny import make_encoder

for package in ("onnxruntime", "onnx"):
    pytest.importorskip(package)


def test_the_graph_has_the_inputs_and_outputs_of_the_trace(bert_folder):
    content, trace = exported(make_encoder(bert_folder).shims[0].module)
    session = session_of(content, n_threads=1)
    assert tuple(one.name for one in session.get_inputs()) == trace.inputs
    assert tuple(one.name for one in session.get_outputs()) == trace.outputs


def test_an_architecture_that_depends_on_lengths_is_named(bert_folder):
    module = make_encoder(bert_folder).shims[0].module

    class Fixed(nn.Module):
        def forward(self, X):
            return X * float(int(X.shape[1])) / 7.0

    module.encoder.layer[1].output.dense = nn.Sequential(module.encoder.layer[1].output.dense, Fixed())
    with raises_code("B361", match="BertModel.*other lengths"):
        exported(module)


def test_a_graph_that_the_library_refuses_is_named(bert_folder, monkeypatch):
    def refuse(*args, **options):
        raise RuntimeError("too large")

    monkeypatch.setattr("spacy_bert_ext.encoder.backends.onnx_graph.session_of", refuse)
    with raises_code("B361", match="BertModel.*too large"):
        exported(make_encoder(bert_folder).shims[0].module)
