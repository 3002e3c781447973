"""Moving loaded pipelines, several devices at once, processes that share weights."""

import copy
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language

from spacy_bert_ext.kernels.blocked import BlockedLinear
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same, changed, entities, weights_of
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import encoder_of, head_of, learn, make_initialized, make_nlp
from tests.pipeline.saved_folders import assert_same_files

GPU = pytest.mark.gpu


def blocked_layers(nlp: Language) -> int:
    return sum(isinstance(part, BlockedLinear) for part in encoder_of(nlp).shim.module.modules())


# Precisions of one device


def test_another_precision_and_back_changes_no_annotation(trained: Language, trained_folder: Path, tmp_path) -> None:
    expected = list(trained.pipe(TEXTS))
    before = weights_of(encoder_of(trained).shim.module)
    assert blocked_layers(trained) == 0
    assert encoder_of(trained).to("cpu", precision="bf16") is encoder_of(trained)
    encoder = encoder_of(trained)
    assert encoder.model.predict([trained.make_doc(TEXTS[0])]).piece_vectors.dtype == torch.bfloat16
    assert encoder.shim.training_precision == torch.bfloat16 and blocked_layers(trained) > 0
    in_bf16 = list(trained.pipe(TEXTS))
    assert [entities(doc) for doc in in_bf16] == [entities(doc) for doc in expected]
    assert_same(in_bf16, expected, tolerance=0.05)
    assert [doc.cats for doc in in_bf16] != [doc.cats for doc in expected]
    encoder.to("cpu", precision="fp32")
    assert encoder.shim.training_precision == torch.float32
    assert_same(list(trained.pipe(TEXTS)), expected, tolerance=1e-7)
    assert not changed(before, encoder.shim.module)
    encoder.to_disk(tmp_path / "encoder")
    assert_same_files(tmp_path / "encoder", trained_folder / "bert_encoder")


def test_vectors_made_before_a_move_are_not_used_after_it(trained: Language) -> None:
    expected = trained(TEXTS[0])
    encoder, head = encoder_of(trained), head_of(trained, "bert_textcat_multilabel")
    doc = encoder(trained.make_doc(TEXTS[0]))
    encoder.to("cpu")
    with counted_passes() as passes:
        assert head(doc).cats == pytest.approx(expected.cats, abs=1e-5)
    assert passes.n == 1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_pipeline_that_was_moved_learns(bert_folder: str, precision: str) -> None:
    other = {"fp32": "bf16", "bf16": "fp32"}[precision]
    nlp = make_initialized(bert_folder, ("bert_ner", "bert_textcat"), precision=other)
    learn(nlp, steps=2)
    encoder_of(nlp).to("cpu", precision=precision)
    before = weights_of(encoder_of(nlp).shim.module)
    first, last = learn(nlp, steps=1), learn(nlp, steps=30)
    assert sum(last.values()) < 0.5 * sum(first.values())
    assert changed(before, encoder_of(nlp).shim.module)


def test_a_step_that_is_owed_is_taken_and_gradients_that_wait_are_dropped(trained: Language) -> None:
    encoder = encoder_of(trained)
    trained.update(make_examples(trained), sgd=False)
    encoder.to("cpu", precision="bf16")
    for component in (encoder, head_of(trained, "bert_ner")):
        assert all(weight.grad is None for weight in component.shim.module.parameters())


def test_the_config_that_is_saved_does_not_change(trained: Language, tmp_path: Path) -> None:
    before = trained.config.to_str()
    encoder_of(trained).to("auto", precision="bf16")
    assert trained.config.to_str() == before
    trained.to_disk(tmp_path)
    assert encoder_of(spacy.load(tmp_path)).shim.precision == torch.float32
    assert encoder_of(copy.deepcopy(trained)).shim.precision == torch.bfloat16
    assert encoder_of(trained).from_disk(tmp_path / "bert_encoder").shim.precision == torch.bfloat16


def test_an_encoder_without_weights_gets_them_where_it_was_moved_to(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ())
    encoder_of(nlp).to("cpu", precision="bf16")
    nlp.initialize()
    assert encoder_of(nlp).shim.precision == torch.bfloat16


@pytest.mark.parametrize(
    ("device", "precision", "code"),
    [("tpu", None, "B011"), (None, None, "B011"), (3, None, "B011"), ("cpu", "int8", "B010")],
)
def test_unknown_devices_and_precisions_change_nothing(
    trained: Language, device: object, precision: str | None, code: str
) -> None:
    shim, settings = encoder_of(trained).shim, encoder_of(trained).shim.settings
    version = shim.version
    with raises_code(code):
        encoder_of(trained).to(device, precision=precision)
    assert encoder_of(trained).shim.settings == settings and shim.version == version


def test_a_head_moves_with_its_own_encoder_only(trained: Language) -> None:
    head = head_of(trained, "bert_ner")
    with raises_code("B061"):
        head.to("cpu")
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    expected = list(trained.pipe(TEXTS))
    assert head.to("cpu", precision="bf16") is head
    assert head.own_encoder().shims[0].precision == torch.bfloat16
    assert encoder_of(trained).shim.precision == torch.float32
    assert_same(list(trained.pipe(TEXTS)), expected, tolerance=0.05)


# Processes


def test_what_predicts_is_made_before_processes_fork(trained: Language) -> None:
    shim = encoder_of(trained).shim
    assert shim._predicting is None
    docs = list(trained.pipe(TEXTS * 4, n_process=2, batch_size=3))
    assert shim._predicting is not None and shim._predicting[0] == shim.version
    assert_same(docs, list(trained.pipe(TEXTS * 4)))


def test_forking_without_weights_makes_nothing(bert_folder: str) -> None:
    shim = encoder_of(make_nlp(bert_folder, ())).shim
    shim.before_fork()
    assert shim._predicting is None


# Devices


@GPU
def test_a_pipeline_moves_to_a_gpu_and_back(trained: Language) -> None:
    expected = list(trained.pipe(TEXTS))
    encoder_of(trained).to("cuda:0")
    assert_same(list(trained.pipe(TEXTS)), expected, tolerance=1e-3)
    assert {weight.device.type for _, pipe in trained.pipeline for weight in pipe.shim.module.parameters()} == {"cuda"}
    learn(trained, steps=3)
    learned = list(trained.pipe(TEXTS))
    encoder_of(trained).to("cpu")
    assert_same(list(trained.pipe(TEXTS)), learned, tolerance=1e-3)
    learn(trained, steps=3)


@GPU
def test_two_pipelines_compute_on_two_devices_at_once(trained: Language, shared_trained: Language) -> None:
    encoder_of(trained).to("cuda:0")
    streams = zip(trained.pipe(TEXTS * 10, batch_size=4), shared_trained.pipe(TEXTS * 10, batch_size=4))
    for one, other in streams:
        assert_same([one], [other], tolerance=1e-3)
    assert encoder_of(shared_trained).shim.device.type == "cpu"
