import pytest
import torch

from spacy_bert_ext.encoder import device as device_module
from spacy_bert_ext.encoder.device import choose_device, choose_precision, choose_training_precision
from tests.tiny import make_docs, make_encoder

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)


@pytest.fixture
def no_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def two_gpus(monkeypatch, no_devices):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)


def set_native_bf16(monkeypatch, native: bool) -> None:
    monkeypatch.setattr(device_module, "computes_bf16_natively", lambda device: native)


def test_auto_takes_the_cpu_where_there_is_nothing_else(no_devices):
    assert choose_device("auto") == choose_device("cpu") == CPU


def test_auto_takes_the_current_cuda_device(two_gpus):
    assert choose_device("auto") == torch.device("cuda", 1)
    assert choose_device("cuda") == torch.device("cuda", 0)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    assert choose_device("cpu") == CPU


def test_auto_takes_apples_device(no_devices, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("mps") == torch.device("mps")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps"])
def test_devices_that_are_not_here_are_refused(no_devices, name):
    with pytest.raises(ValueError, match=rf"B011.*'{name}'.*not found.*one of: cpu\."):
        choose_device(name)


def test_a_gpu_too_many_is_refused(two_gpus):
    with pytest.raises(ValueError, match=r"B011.*'cuda:2'.*one of: cpu, cuda:0, cuda:1\."):
        choose_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x"])
def test_unknown_kinds_of_devices_are_refused(no_devices, name):
    with pytest.raises(ValueError, match=r"B011.*no such kind of device"):
        choose_device(name)


@pytest.mark.parametrize("name", [None, 3, True, CPU, ["cpu"]])
def test_devices_are_named_by_strings(name):
    with pytest.raises(ValueError, match=r"B011.*its name is no string.*cpu"):
        choose_device(name)


def test_auto_precision_is_bf16_where_native(monkeypatch):
    set_native_bf16(monkeypatch, True)
    assert choose_precision("auto", CPU) == choose_training_precision("auto", CPU) == torch.bfloat16
    set_native_bf16(monkeypatch, False)
    assert choose_precision("auto", CPU) == choose_training_precision("auto", CPU) == torch.float32


@pytest.mark.parametrize(
    "capability, predicting, training",
    [
        ((6, 1), torch.float32, torch.float32),
        ((7, 0), torch.float16, torch.float32),
        ((7, 5), torch.float16, torch.float32),
    ],
)
def test_auto_precision_on_gpus_before_ampere(monkeypatch, capability, predicting, training):
    set_native_bf16(monkeypatch, False)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_precision("auto", CUDA) == predicting
    assert choose_training_precision("auto", CUDA) == training


@pytest.mark.parametrize(
    "name, predicting, training",
    [
        ("fp32", torch.float32, torch.float32),
        ("bf16", torch.bfloat16, torch.bfloat16),
        ("fp16", torch.float16, torch.float32),
    ],
)
@pytest.mark.parametrize("native", [True, False])
def test_named_precisions_are_taken(monkeypatch, native, name, predicting, training):
    set_native_bf16(monkeypatch, native)
    assert choose_precision(name, CPU) == predicting
    assert choose_training_precision(name, CPU) == training


@pytest.mark.parametrize("capability, native", [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_cuda_computes_bf16_from_ampere_on(monkeypatch, capability, native):
    device_module.computes_bf16_natively.cache_clear()
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert device_module.computes_bf16_natively(CUDA) == native
    device_module.computes_bf16_natively.cache_clear()


@pytest.mark.gpu
@pytest.mark.parametrize("precision, tolerance", [("fp32", 1e-3), ("bf16", 0.2), ("fp16", 0.03)])
def test_vectors_of_a_gpu_equal_those_of_the_cpu(any_folder, precision, tolerance):
    docs = make_docs("the president of Germany", "Berlin", "")
    expected = make_encoder(any_folder).predict(docs)
    found = make_encoder(any_folder, device="cuda:0", precision=precision).predict(docs)
    assert found.device.type == "cuda"
    torch.testing.assert_close(found.piece_vectors.cpu().float(), expected.piece_vectors, atol=tolerance, rtol=0)
    torch.testing.assert_close(found.window_vectors.cpu().float(), expected.window_vectors, atol=tolerance, rtol=0)
