"""No network and no GPU: checkpoints are small, random and made here."""

import gc
import os
import shutil
from pathlib import Path

# Before anything imports huggingface_hub, which reads them once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
import spacy
import torch
from hypothesis import settings
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext import save_pipeline
from tests.pipeline.gradients import switch_off_dropout
from tests.pipeline.pipelines import TWO, head_of, learn, make_initialized
from tests.tiny import KINDS, make_awkward_docs, make_checkpoint

# Tiny models are fastest on one thread. Examples of hypothesis are the same in every run and have no time limit.
torch.set_num_threads(1)
settings.register_profile("spacy_bert_ext", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("spacy_bert_ext")


def pytest_collection_finish() -> None:
    """Imported modules stay: a collection of garbage need not look at them each time, which takes half a second."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "gpu" in item.keywords and not torch.cuda.is_available():
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    torch.manual_seed(0)
    spacy.util.fix_random_seed(0)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Folders of small checkpoints by kind. Not to be written into."""
    return {kind: make_checkpoint(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="session", params=KINDS)
def any_folder(request: pytest.FixtureRequest, checkpoints: dict[str, str]) -> str:
    """The folder of each kind of checkpoint, one after the other."""
    return checkpoints[request.param]


@pytest.fixture(scope="session")
def bert_folder(checkpoints: dict[str, str]) -> str:
    return checkpoints["bert"]


@pytest.fixture(scope="session")
def roberta_folder(checkpoints: dict[str, str]) -> str:
    return checkpoints["roberta"]


@pytest.fixture
def nlp() -> Language:
    return spacy.blank("en")


@pytest.fixture
def awkward_docs(nlp: Language) -> list[Doc]:
    """Empty, blank, one endless token, other scripts, control characters, spaces at either end, special pieces."""
    return make_awkward_docs(nlp.vocab)


@pytest.fixture
def two_heads(bert_folder: str) -> Language:
    """Two new heads on one encoder, without dropout."""
    nlp = make_initialized(bert_folder, TWO)
    switch_off_dropout(nlp)
    return nlp


@pytest.fixture(scope="session")
def trained_folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that has learned three texts: encoder, entities, both kinds of categories. Not to be written into."""
    torch.manual_seed(0)  # whichever tests came before in this process
    spacy.util.fix_random_seed(0)
    nlp = make_initialized(bert_folder)
    learn(nlp)
    folder = tmp_path_factory.mktemp("pipelines") / "trained"
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def trained(trained_folder: Path) -> Language:
    """The same, loaded for a test that changes it."""
    return spacy.load(trained_folder)


@pytest.fixture(scope="session")
def shared_trained(trained_folder: Path) -> Language:
    """The same, not to be changed."""
    return spacy.load(trained_folder)


@pytest.fixture
def saved(trained: Language, tmp_path: Path) -> Path:
    """The folder of a pipeline that is replaced in tests."""
    save_pipeline(trained, tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def changed(trained: Language) -> Language:
    """A pipeline of other weights and meta data than what was saved."""
    with torch.no_grad():
        head_of(trained, "bert_textcat").shim.module.output.bias += torch.tensor([3.0, 0.0, 0.0])
    trained.meta["version"] = "9.9.9"
    return trained


@pytest.fixture
def copied_folder(trained_folder: Path, tmp_path: Path) -> Path:
    """A saved pipeline that may be damaged."""
    return Path(shutil.copytree(trained_folder, tmp_path / "copied"))
