"""Moments and counts are kept by the names of weights."""

import torch
from spacy.language import Language

from spacy_bert_ext.training.optimizer import create_adamw_v1
from spacy_bert_ext.training.resuming.optimizer_state import optimizer_state, restore_optimizer
from tests.interop.spacy_heads import make_with_tagger
from tests.interop.treebank import treebank_examples


def trained(folder: str, optimizer: object, n_steps: int) -> Language:
    """An encoder with bert_ner and spaCy's tagger."""
    nlp = make_with_tagger(folder, ["bert_ner", "tagger"])
    for _ in range(n_steps):
        nlp.update(treebank_examples(nlp), sgd=optimizer)
    return nlp


def test_adamw_goes_on_by_parameter_names(bert_folder: str) -> None:
    optimizer = create_adamw_v1(0.01, 0.02, schedule=iter([1.0, 0.5, 0.25]))
    nlp = trained(bert_folder, optimizer, 2)
    optimizer.step_schedules()
    optimizer.step_schedules()
    tensors, numbers = optimizer_state(optimizer, nlp)
    name = "bert_ner/0/0/output.weight"
    assert tensors[f"step/{name}"] == 2
    assert {kind.split("/")[0] for kind in tensors} == {"step", "exp_avg", "exp_avg_sq", "mom1", "mom2"}
    assert set(numbers["nr_update"].values()) == {2}

    other, new = trained(bert_folder, None, 0), create_adamw_v1(0.01, 0.02, schedule=iter([1.0, 0.5, 0.25]))
    restore_optimizer(new, other, tensors, numbers, n_steps=2)
    assert (new.factor, new.learn_rate) == (0.25, 0.02 * 0.25)
    again, again_numbers = optimizer_state(new, other)
    assert again_numbers == numbers and set(again) == set(tensors)
    assert all(torch.equal(again[key], tensor) for key, tensor in tensors.items())
