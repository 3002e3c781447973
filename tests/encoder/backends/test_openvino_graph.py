"""The graph, and what of it is kept."""

import pytest
import torch
from torch import nn

from spacy_bert_ext.encoder.backends.traced import traced, wanted_outputs
from tests.coded import raises_code
from tests.encoder.backends.int8_encoders import make_int8
from tests.tiny import make_encoder

pytest.importorskip("openvino")
from spacy_bert_ext.encoder.backends import openvino_graph
from spacy_bert_ext.encoder.backends.openvino_graph import compile_graph, converted, pruned


def test_a_pruned_graph_has_the_outputs_that_are_wanted(bert_folder):
    model, trace = converted(make_encoder(bert_folder).shims[0].module)
    smaller = pruned(model, trace.outputs, wanted_outputs(trace.outputs, all_layers=False))
    assert len(model.outputs) == 4
    assert [port.get_any_name() for port in smaller.outputs] == ["last_hidden_state", "pooler_output"]


def test_an_architecture_that_depends_on_lengths_is_named(bert_folder):
    module = make_encoder(bert_folder).shims[0].module

    class Fixed(nn.Module):
        def forward(self, X):
            return X * X.shape[1] / 7.0 if isinstance(X.shape[1], int) else X * float(int(X.shape[1])) / 7.0

    module.encoder.layer[1].output.dense = nn.Sequential(module.encoder.layer[1].output.dense, Fixed())
    with raises_code("B361", match="BertModel.*other lengths"):
        converted(module)


def test_progress_is_told(bert_folder, monkeypatch):
    pytest.importorskip("nncf")
    seen = []
    monkeypatch.setattr("tests.encoder.backends.int8_encoders.no_progress", lambda *step: seen.append(step))
    make_int8(bert_folder, "openvino")
    assert seen[0] == ("Exporting", 0, 1) and seen[1] == ("Exporting", 1, 1)
    assert seen[-1][0] == "Calibrating" and seen[-1][1] == seen[-1][2] > 1


def test_traced_outputs(bert_folder):
    trace = traced(make_encoder(bert_folder).shims[0].module, "openvino")
    assert trace.outputs == ("last_hidden_state", "pooler_output", "hidden_state_0", "hidden_state_1")
    assert all(isinstance(tensor, torch.Tensor) for tensor in trace.example)


def test_a_graph_that_the_library_refuses_is_named(bert_folder, monkeypatch):
    def refuse(*args, **options):
        raise RuntimeError("too large")

    monkeypatch.setattr("spacy_bert_ext.encoder.backends.openvino_graph.compile_graph", refuse)
    with raises_code("B361", match="BertModel.*too large"):
        converted(make_encoder(bert_folder).shims[0].module)


def test_a_graph_with_nan_in_padding_is_refused(bert_folder, monkeypatch):
    """Such as that of a sliding window, where a piece of the padding sees no piece of the text."""

    def compile_with_nan(model, precision, *, n_threads):
        compiled = compile_graph(model, precision, n_threads=n_threads)

        def compute(given):
            found = compiled(given)[0].copy()
            found[given[1] == 0] = float("nan")
            return [found]

        return compute

    monkeypatch.setattr(openvino_graph, "compile_graph", compile_with_nan)
    with raises_code("B361", match="other vectors"):
        converted(make_encoder(bert_folder).shims[0].module)
