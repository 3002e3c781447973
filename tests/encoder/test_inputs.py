"""A module is given what there is, by the names that transformers has."""

import numpy as np
import torch

from spacy_bert_ext.encoder.inputs import Inputs, inputs_of
from spacy_bert_ext.encoder.plan import plan_docs, plan_pairs
from tests.tiny import make_docs, make_encoder

CPU = torch.device("cpu")


def test_windows_of_one_text_are_ids_and_a_mask(bert_folder):
    shim = make_encoder(bert_folder).shims[0]
    inputs = inputs_of(plan_docs(shim, make_docs("the of")).make(np.array([0])), CPU)
    assert inputs.arguments().keys() == {"input_ids", "attention_mask"}
    assert inputs.ids.shape == inputs.mask.shape == (1, 4)


def test_windows_of_two_texts_have_token_types(bert_folder):
    shim = make_encoder(bert_folder).shims[0]
    inputs = inputs_of(plan_pairs(shim, make_docs("the of", "the")).make(np.array([0])), CPU)
    assert inputs.arguments()["token_type_ids"].tolist() == [[0, 0, 0, 0, 1, 1]]


@torch.no_grad()
def test_positions_are_those_of_the_module_unless_they_are_given(bert_folder):
    module = make_encoder(bert_folder).shims[0].module.eval()
    ids = torch.arange(6)[None]
    inputs = Inputs(ids, torch.ones_like(ids))
    counted, turned = (inputs._replace(positions=positions) for positions in (ids, ids.flip(1)))
    states = [module(**given.arguments()).last_hidden_state for given in (inputs, counted, turned)]
    assert torch.equal(states[0], states[1]) and not torch.allclose(states[0], states[2], atol=1e-3)
