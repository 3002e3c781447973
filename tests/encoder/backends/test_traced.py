"""What is traced of a module, and in which order."""

import torch
from torch import nn

from spacy_bert_ext.encoder.backends.traced import example_inputs, graph_output, in_order, input_names, traced
from spacy_bert_ext.encoder.inputs import Inputs
from tests.coded import raises_code
from tests.tiny import make_encoder


def test_token_types_are_taken_where_the_checkpoint_has_them(checkpoints):
    named = {kind: input_names(make_encoder(folder).shims[0].module)[2:] for kind, folder in checkpoints.items()}
    assert named == {"bert": ("token_type_ids",), "roberta": (), "distilbert": (), "modernbert": ()}


def test_outputs_are_those_of_the_module(any_folder):
    module = make_encoder(any_folder).shims[0].module
    trace = traced(module, "onnx")
    given = example_inputs(trace.inputs, 3, 9, trace.n_embeddings)
    with torch.no_grad():
        output = graph_output(dict(zip(trace.outputs, trace.script(*given))))
        expected = module.eval()(**dict(zip(trace.inputs, given)), output_hidden_states=True)
    torch.testing.assert_close(output.last_hidden_state, expected.last_hidden_state)
    assert len(output.hidden_states) == len(expected.hidden_states)
    torch.testing.assert_close(output.hidden_states[0], expected.hidden_states[0])
    pooled = expected.get("pooler_output")
    assert (output.pooler_output.numel() == 0) == (pooled is None)


def test_inputs_in_the_order_of_a_graph():
    ids = torch.ones(2, 3, dtype=torch.long)
    found = in_order(("attention_mask", "input_ids", "token_type_ids"), Inputs(ids, ids * 2))
    assert [int(tensor[0, 0]) for tensor in found] == [2, 1, 0]


def test_what_cant_be_traced_is_named(bert_folder):
    module = make_encoder(bert_folder).shims[0].module

    class Refusing(nn.Module):
        def forward(self, *_):
            raise NotImplementedError("no such thing")

    module.encoder.layer[1].output.dense = Refusing()
    with raises_code("B361", match="BertModel.*no such thing"):
        traced(module, "onnx")
