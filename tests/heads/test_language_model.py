"""The module and its files. That its logits are transformers' is tested in `tests/huggingface/test_language_models.py`
and, with the encoder, in `tests/pipeline/test_bert_pretraining.py`."""

import pytest
import torch
from thinc.api import Model

from spacy_bert_ext.encoder.readings import MaskedDocs
from spacy_bert_ext.heads.language_model import LanguageModelHead, LanguageModelModule, language_model_of
from spacy_bert_ext.heads.model import head_model
from spacy_bert_ext.pieces.masks import Masking
from tests.built import build
from tests.coded import raises_code
from tests.tiny import WIDTH, make_docs, make_encoder


@pytest.mark.parametrize(("kind", "is_new"), [("bert", True), ("roberta", False), ("distilbert", False)])
def test_a_checkpoint_gives_its_head_or_a_new_one(checkpoints, kind, is_new):
    shim = make_encoder(checkpoints[kind]).shims[0]
    module = language_model_of(shim)
    assert module.is_new == is_new and module.width == WIDTH
    assert module.n_outputs == shim.loaded.checkpoint.config.vocab_size
    names = [name for name, weight in module.named_parameters() if len(weight) == module.n_outputs]
    assert len(names) == 1 and names[0].endswith("bias")  # the projection's weight is not counted


def test_the_projection_takes_the_weight_that_it_is_given(checkpoints):
    shim = make_encoder(checkpoints["bert"]).shims[0]
    module, weight = language_model_of(shim), shim.module.get_input_embeddings().weight.detach()
    vectors = torch.randn(3, WIDTH)
    before = module(vectors, weight, is_train=False)
    assert before.shape == (3, module.n_outputs)
    bias = module.state_dict()["model.cls.predictions.bias"]
    torch.testing.assert_close(module(vectors, 2 * weight, is_train=False) - bias, 2 * (before - bias))


def test_a_head_needs_an_encoder_of_this_package():
    with raises_code("B488"):
        LanguageModelHead().new_module(4, 7)
    with raises_code("B488"):
        LanguageModelHead().module_for(Model("other", lambda *_: None), 4, 7)


def test_what_is_saved_is_read_back(checkpoints, tmp_path):
    from contextlib import closing

    from spacy_bert_ext.files.contents import FolderContents
    from spacy_bert_ext.files.saved_files import SavedFiles

    for kind in ("bert", "roberta"):
        shim = make_encoder(checkpoints[kind]).shims[0]
        module, weight = language_model_of(shim), shim.module.get_input_embeddings().weight
        folder = tmp_path / kind
        folder.mkdir()
        module.write(folder)
        with closing(SavedFiles(FolderContents(folder), "head", folder)) as files:
            weights = files.start_reading_weights("model.safetensors").result()
            again = LanguageModelHead().read_module(files, weights)
        assert isinstance(again, LanguageModelModule)
        vectors = torch.randn(3, WIDTH)
        assert torch.equal(again(vectors, weight, is_train=False), module(vectors, weight, is_train=False))
        assert len(list(again.parameters())) == len(list(module.parameters()))


def test_the_architecture_has_no_settings():
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "mine"}
    model = build("LanguageModel", encoder=listener)
    assert model.attrs["head"] == LanguageModelHead() and not LanguageModelHead.reads_docs


def test_there_are_few_numbers_of_rows(checkpoints):
    """Each takes memory for the whole vocabulary."""
    model = head_model(LanguageModelHead(), make_encoder(checkpoints["roberta"]))
    model.set_dim("nO", 500)
    model.initialize()
    for n_docs in range(1, 6):
        reading = MaskedDocs(make_docs(*["Berlin met the president"] * n_docs), Masking(0.7), (0,))
        scores = model.predict(reading)
        assert len(scores.logits) == 64 > len(scores.targets) > 0
