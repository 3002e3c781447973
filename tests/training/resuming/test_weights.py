"""Weights and what goes with them, from one pipeline to another as from one process to the next."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from spacy.language import Language
from thinc.api import Adam

from spacy_bert_ext.training.optimizer import create_adamw_v1
from spacy_bert_ext.training.resuming.optimizer_state import optimizer_state, restore_optimizer
from spacy_bert_ext.training.resuming.recorded_batches import RecordedBatches
from spacy_bert_ext.training.resuming.run import Progress, Run
from spacy_bert_ext.training.resuming.state import _unshared, save_state
from spacy_bert_ext.training.resuming.weights import conditions, parameter_names, set_conditions, set_weights, weights
from tests.annotated import make_examples
from tests.interop.spacy_heads import make_with_tagger
from tests.interop.treebank import treebank_examples
from tests.pipeline.pipelines import encoder_of, make_initialized


def trained(folder: str, optimizer: object, n_steps: int) -> Language:
    """An encoder with bert_ner and spaCy's tagger."""
    nlp = make_with_tagger(folder, ["bert_ner", "tagger"])
    for _ in range(n_steps):
        nlp.update(treebank_examples(nlp), sgd=optimizer)
    return nlp


def test_names_are_those_of_components_and_the_same_in_each_pipeline(bert_folder: str) -> None:
    one, other = (make_with_tagger(bert_folder, ["bert_ner", "tagger"]) for _ in range(2))
    names = parameter_names(one)
    assert sorted(names.values()) == sorted(parameter_names(other).values())
    assert not set(names) & set(parameter_names(other))  # ids differ
    assert {name.split("/")[0] for name in names.values()} == {"bert_encoder", "bert_ner", "tagger"}
    assert "bert_encoder/0/0/embeddings.word_embeddings.weight" in names.values()
    assert set(weights(one)) <= set(names.values())  # BERT's buffers are not among its saved weights
    assert len(set(names.values())) == len(names)


def test_weights_go_from_one_pipeline_to_another(bert_folder: str) -> None:
    one = trained(bert_folder, create_adamw_v1(0.01, 0.01), 2)
    other = make_with_tagger(bert_folder, ["bert_ner", "tagger"])
    version = encoder_of(other).shim.version
    found = {name: weight.clone() for name, weight in weights(one).items()}
    before = {name: weight.clone() for name, weight in weights(other).items()}
    assert not torch.equal(before["bert_ner/0/0/output.weight"], found["bert_ner/0/0/output.weight"])
    set_weights(other, found)
    assert all(torch.equal(weight, found[name]) for name, weight in weights(other).items())
    assert encoder_of(other).shim.version > version  # what predicts is made anew


def test_tied_weights_are_saved(tmp_path: Path) -> None:
    tied = torch.arange(6.0)
    tensors = {"a": tied, "b": tied, "part": tied[2:4], "apart": torch.ones(2), "turned": torch.ones(2, 3).T}
    save_file(_unshared(tensors), tmp_path / "x.safetensors")
    assert {name: t.tolist() for name, t in load_file(tmp_path / "x.safetensors").items()} == {
        name: t.tolist() for name, t in tensors.items()
    }


def test_conditions_go_with_the_weights(bert_folder: str) -> None:
    one = trained(bert_folder, Adam(0.001), 1)
    shim = encoder_of(one).shim
    shim.n_steps = 17
    shim.module.embeddings.word_embeddings.weight.requires_grad_(False)
    other = make_with_tagger(bert_folder, ["bert_ner", "tagger"])
    softmax = other.get_pipe("tagger").model.get_ref("softmax")
    assert not softmax.has_grad("W")
    set_conditions(other, conditions(one))
    assert conditions(other) == conditions(one)
    assert encoder_of(other).shim.n_steps == 17
    assert not encoder_of(other).shim.module.embeddings.word_embeddings.weight.requires_grad
    # thinc steps weights by momentum as long as there is a gradient, be it 0
    assert softmax.has_grad("W") and not softmax.get_grad("W").any()


def test_averages_of_thinc_go_on(bert_folder: str) -> None:
    optimizer = Adam(0.01)
    nlp = trained(bert_folder, optimizer, 2)
    tensors, numbers = optimizer_state(optimizer, nlp)
    other, new = trained(bert_folder, None, 0), Adam(0.01)
    restore_optimizer(new, other, tensors, numbers, n_steps=2)
    keys = {name: key for key, name in parameter_names(other).items()}
    for key, name in parameter_names(nlp).items():
        for kind in ("mom1", "mom2", "averages"):
            old = getattr(optimizer, kind).get(key)
            if old is not None:
                np.testing.assert_array_equal(getattr(new, kind)[keys[name]], old)
        assert new.nr_update[keys[name]] == optimizer.nr_update[key]


def test_a_step_that_is_owed_is_taken_before_the_state_is_saved(bert_folder: str, tmp_path: Path) -> None:
    nlp, optimizer = make_initialized(bert_folder, ["bert_ner"]), create_adamw_v1(0.01, 0.01)
    examples = make_examples(nlp)
    encoder = encoder_of(nlp)
    encoder.update(examples, sgd=optimizer)
    encoder.shared.discard_step()
    encoder.update(examples)
    scores, backprop = nlp.get_pipe("bert_ner").model.begin_update([eg.predicted for eg in examples])
    backprop(nlp.get_pipe("bert_ner").get_loss(examples, scores).gradients)
    encoder.shared.step.sgd = optimizer
    before = encoder.shim.module.embeddings.word_embeddings.weight.detach().clone()
    config = nlp.config.interpolate()
    config["paths"] = {}
    save_state(Run(nlp, config, optimizer, RecordedBatches([]), Progress(n_steps=1)), tmp_path / "state")
    saved = load_file(tmp_path / "state" / "weights.safetensors")
    assert encoder.shared.step is None
    assert not torch.equal(saved["bert_encoder/0/0/embeddings.word_embeddings.weight"], before)
