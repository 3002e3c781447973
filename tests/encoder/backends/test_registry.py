"""Another back end than torch's: it predicts, saves files of its own, and reads them back."""

from pathlib import Path

import pytest
import spacy
import torch

from spacy_bert_ext.encoder.backends.backend import Weights
from spacy_bert_ext.encoder.backends.registry import BACKENDS, new_backend
from spacy_bert_ext.encoder.backends.torch_backend import TorchBackend, TorchPredictor
from spacy_bert_ext.files.saved_files import SavedFiles
from tests.coded import raises_code
from tests.tiny import make_docs, make_encoder

NAME = "tests.doubling"
DOCS = make_docs("the president of Germany", "Berlin")


class Doubling(TorchBackend):
    """Vectors times a factor, which it keeps in a file."""

    factor = 2

    def predictor(self, weights: Weights) -> TorchPredictor:
        predictor, factor = super().predictor(weights), self.factor

        class Doubled(TorchPredictor):
            def __call__(self, inputs, *, all_layers=False):
                output = predictor(inputs, all_layers=all_layers)
                output.last_hidden_state = factor * output.last_hidden_state
                return output

        return Doubled(predictor.module, predictor.dtype)

    def save(self, folder: Path, weights: Weights) -> None:
        (folder / "factor.txt").write_text(str(self.factor))
        (folder / "weights.txt").write_text(str(weights.checksum()))

    def read(self, files: SavedFiles) -> None:
        if files.has("factor.txt"):
            self.factor = int(files.read("factor.txt"))
            self.read_checksum = files.read("weights.txt").decode()


@pytest.fixture(autouse=True, scope="module")
def registered():
    BACKENDS.register(NAME, func=Doubling)


def test_a_back_end_predicts_and_training_is_torchs(bert_folder):
    plain, doubled = make_encoder(bert_folder), make_encoder(bert_folder, backend=NAME)
    expected = plain.predict(DOCS)
    torch.testing.assert_close(doubled.predict(DOCS).piece_vectors, 2 * expected.piece_vectors)
    for model in (plain, doubled):
        model.shims[0].module.eval()
    torch.testing.assert_close(doubled.begin_update(DOCS)[0].piece_vectors, expected.piece_vectors, atol=1e-5, rtol=0)


def make_nlp(folder: str, backend: str):
    nlp = spacy.blank("en")
    model = {
        "name": folder,
        "backend": backend,
        "window_pieces": 64,
        "overlap_pieces": 0,
        "precision": "fp32",
        "device": "cpu",
    }
    nlp.add_pipe("bert_encoder", config={"model": model})
    nlp.initialize()
    return nlp


def test_its_files_are_saved_beside_the_checkpoint_and_read_back(bert_folder, tmp_path):
    nlp = make_nlp(bert_folder, NAME)
    encoder = nlp.get_pipe("bert_encoder")
    encoder.shim.loaded.backend.factor = 3
    nlp.to_disk(tmp_path)
    assert (tmp_path / "bert_encoder" / "factor.txt").read_text() == "3"
    loaded = spacy.load(tmp_path).get_pipe("bert_encoder")
    assert loaded.shim.loaded.backend.factor == 3
    expected = make_encoder(bert_folder, window_pieces=64).predict(DOCS)
    torch.testing.assert_close(loaded.model.predict(DOCS).piece_vectors, 3 * expected.piece_vectors)
    other = make_nlp(bert_folder, NAME).get_pipe("bert_encoder").from_bytes(encoder.to_bytes())
    assert other.shim.loaded.backend.factor == 3


def test_a_back_end_tells_whether_its_files_are_of_the_weights(bert_folder, tmp_path):
    encoder = make_nlp(bert_folder, NAME).get_pipe("bert_encoder")
    with torch.no_grad():
        encoder.shim.module.embeddings.word_embeddings.weight += 1  # and nothing has been predicted since
    encoder.to_disk(tmp_path)
    loaded = make_nlp(bert_folder, NAME).get_pipe("bert_encoder").from_disk(tmp_path)
    seen: list[Weights] = []
    loaded.shim.loaded.backend.predictor = seen.append
    loaded.shim.predictor()
    assert seen[0].checksum() == loaded.shim.loaded.backend.read_checksum == encoder.shim.weights_checksum()
    with torch.no_grad():
        loaded.shim.module.embeddings.word_embeddings.weight += 1
    assert seen[0].checksum() != loaded.shim.loaded.backend.read_checksum


def test_a_pipeline_may_be_loaded_with_another_back_end(bert_folder, tmp_path):
    make_nlp(bert_folder, "torch").to_disk(tmp_path / "torch")
    make_nlp(bert_folder, NAME).to_disk(tmp_path / "doubling")
    for saved, other, kind in (("torch", NAME, Doubling), ("doubling", "torch", TorchBackend)):
        nlp = spacy.load(tmp_path / saved, config={"components.bert_encoder.model.backend": other})
        assert type(nlp.get_pipe("bert_encoder").shim.loaded.backend) is kind


def test_a_file_that_was_changed_is_refused(bert_folder, tmp_path):
    make_nlp(bert_folder, NAME).to_disk(tmp_path)
    (tmp_path / "bert_encoder" / "factor.txt").write_text("4")
    with raises_code("B170", match="factor.txt"):
        spacy.load(tmp_path)


def test_an_unknown_back_end_is_refused_with_those_that_there_are(bert_folder):
    with raises_code("B294", match="'abacus'.*onnx.*openvino.*torch"):
        new_backend("abacus")
    with raises_code("B294"):
        make_nlp(bert_folder, "abacus")


def test_torchs_is_the_default():
    assert isinstance(new_backend("torch"), TorchBackend)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder")
    assert nlp.config["components"]["bert_encoder"]["model"]["backend"] == "torch"
