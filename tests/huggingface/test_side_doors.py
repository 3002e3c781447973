"""Nothing that a folder's files say leads to another place: every door that transformers has is tried, offline.

Each is tried on a checkpoint that is given by its folder and on the folder of a saved component, whose checksums are
taken away; and with `peft`, which opens some of them.
"""

import json
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import spacy
import torch
import transformers
from safetensors.torch import load_file, save_file

from spacy_bert_ext.huggingface.classifiers import load_classifier
from spacy_bert_ext.huggingface.loading import load_checkpoint
from tests.pipeline.pipelines import encoder_config
from tests.tiny import make_docs

pytest.importorskip("peft")

CODED = r"\[B[01]\d\d\]"
TEXT = "The president of Germany met the chancellor of Austria ."


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> list:
    """Attempts to reach another machine, which fail."""
    tried: list = []

    def refuse(*arguments: object, **options: object) -> None:
        tried.append(arguments)
        raise OSError("no network")

    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("transformers.utils.hub._is_offline_mode", False, raising=False)  # transformers 4
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


@pytest.fixture
def folder(bert_folder: str, tmp_path: Path) -> Path:
    """A checkpoint; beside it lie `other`, with other weights, and `secret.txt`."""
    other = Path(shutil.copytree(bert_folder, tmp_path / "other"))
    weights = {name: weight + 1 for name, weight in load_file(other / "model.safetensors").items()}
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "secret.txt").write_text("secret\n")
    return Path(shutil.copytree(bert_folder, tmp_path / "folder"))


def edit(file: Path, **changes: object) -> None:
    table = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**table, **changes}))


# Doors: what is written into the folder


def adapter(folder: Path, base: object = None) -> None:
    base = str(folder.parent / "other") if base is None else base
    settings = {"peft_type": "LORA", "task_type": "FEATURE_EXTRACTION", "r": 2, "target_modules": ["query"]}
    edit(folder / "adapter_config.json", base_model_name_or_path=base, **settings)
    (folder / "adapter_model.bin").write_bytes(b"never opened")


def index(folder: Path, part: str, *, beside_weights: bool = False) -> None:
    names = load_file(folder / "model.safetensors")
    edit(folder / "model.safetensors.index.json", metadata={}, weight_map=dict.fromkeys(names, part))
    if not beside_weights:
        (folder / "model.safetensors").unlink()


def config(folder: Path, **changes: object) -> None:
    edit(folder / "config.json", **changes)


def tokenizer_config(folder: Path, **changes: object) -> None:
    edit(folder / "tokenizer_config.json", **changes)


def code(folder: Path, file: str, auto_map: dict) -> None:
    (folder / "mine.py").write_text(f"open({str(folder / 'was_run')!r}, 'w').close()\nclass Mine: pass\n")
    edit(folder / file, auto_map=auto_map)


def write(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text)


def link(folder: Path, file: str, target: str) -> None:
    (folder / file).unlink(missing_ok=True)
    (folder / file).symlink_to(folder.parent / target)


def paths(folder: Path) -> None:
    keys = ("tokenizer_file", "vocab_file", "merges_file", "special_tokens_map_file", "added_tokens_file")
    tokenizer_config(folder, **dict.fromkeys(keys, str(folder.parent / "secret.txt")))


def special_pieces(folder: Path) -> None:
    edit(folder / "special_tokens_map.json", vocab_file=str(folder.parent / "secret.txt"), name_or_path="some/one")


SAME, REFUSED = "same", "refused"
# transformers 5 takes the class of the model's type instead.
UNKNOWN_CLASS = REFUSED if transformers.__version__.startswith("4.") else SAME

DOORS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "an adapter on another folder": (SAME, adapter),
    "an adapter on a hub name": (SAME, partial(adapter, base="someone/something")),
    "an adapter on nothing": (SAME, partial(adapter, base=7)),
    "an index beside the weights": (SAME, partial(index, part="../other/model.safetensors", beside_weights=True)),
    "an index of another folder": (REFUSED, partial(index, part="../other/model.safetensors")),
    "an index of an absolute path": (REFUSED, partial(index, part="/dev/zero")),
    "an index of pickled weights": (REFUSED, partial(index, part="pytorch_model.bin")),
    "code of the config": (SAME, partial(code, file="config.json", auto_map={"AutoConfig": "mine.Mine"})),
    "code of the model": (SAME, partial(code, file="config.json", auto_map={"AutoModel": "mine.Mine"})),
    "code of a hub name": (SAME, partial(config, auto_map={"AutoModel": "someone/something--mine.Mine"})),
    "code of the tokenizer": (
        SAME,
        partial(code, file="tokenizer_config.json", auto_map={"AutoTokenizer": ["mine.Mine", "mine.Mine"]}),
    ),
    "attention from the hub": (SAME, partial(config, attn_implementation="someone/kernel:attention")),
    "attention from the hub, as saved": (SAME, partial(config, _attn_implementation="someone/kernel:attention")),
    "kernels": (SAME, partial(config, use_kernels=True, kernel_config={"Linear": "someone/kernel:Linear"})),
    "quantization": (SAME, partial(config, quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True})),
    "quantization by a package": (SAME, partial(config, quantization_config={"quant_method": "gptq", "bits": 4})),
    "other weights by name": (SAME, partial(config, transformers_weights="../other/model.safetensors")),
    "a name of origin": (SAME, partial(config, _name_or_path="someone/something", name_or_path="someone/something")),
    "a commit": (SAME, partial(config, _commit_hash="0" * 40)),
    "another type of numbers": (SAME, partial(config, dtype="float64", torch_dtype="float64")),
    "a generation config": (SAME, partial(write, file="generation_config.json", text='{"auto_map": {"x": "y"}}')),
    "generation code": (SAME, partial(write, file="custom_generate.py", text="raise SystemExit")),
    "a chat template": (SAME, partial(write, file="chat_template.jinja", text="{% include '/etc/passwd' %}")),
    "a chat template in the config": (SAME, partial(tokenizer_config, chat_template="{% include '/etc/passwd' %}")),
    "a processor": (SAME, partial(write, file="preprocessor_config.json", text='{"auto_map": {"x": "y"}}')),
    "paths of the tokenizer": (SAME, paths),
    "a tokenizer's name of origin": (SAME, partial(tokenizer_config, name_or_path="someone/something")),
    "a tokenizer from GGUF": (SAME, partial(tokenizer_config, gguf_file="../other/model.gguf")),
    "a tokenizer made anew": (SAME, partial(tokenizer_config, from_slow=True)),
    "a class of tokenizers that is none": (UNKNOWN_CLASS, partial(tokenizer_config, tokenizer_class="../mine.Mine")),
    "paths in the special pieces": (SAME, special_pieces),
    "a link for the weights": (REFUSED, partial(link, file="model.safetensors", target="other/model.safetensors")),
    "a link for the tokenizer": (REFUSED, partial(link, file="tokenizer.json", target="secret.txt")),
    "a link for the config": (REFUSED, partial(link, file="config.json", target="other/config.json")),
    "pickled weights beside": (SAME, partial(write, file="pytorch_model.bin", text="never opened")),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_checkpoint_leads_nowhere(door: str, folder: Path, bert_folder: str, connections: list) -> None:
    outcome, open_door = DOORS[door]
    open_door(folder)
    if outcome == REFUSED:
        with pytest.raises(ValueError, match=CODED):
            load_checkpoint(str(folder))
    else:
        found, expected = load_checkpoint(str(folder)), load_checkpoint(bert_folder)
        for name, weight in expected.module.state_dict().items():
            assert torch.equal(found.module.state_dict()[name], weight)
        assert found.tokenizer(TEXT).input_ids == expected.tokenizer(TEXT).input_ids
        assert type(found.module) is type(expected.module)
    assert not connections
    assert not (folder / "was_run").exists()


@pytest.fixture(scope="module")
def saved(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={**encoder_config(bert_folder), "keep": "tokens"})
    nlp.initialize()
    folder = tmp_path_factory.mktemp("doors") / "pipeline"
    nlp.to_disk(folder)
    return folder


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.filterwarnings("ignore:.*B191")
def test_a_component_leads_nowhere(door: str, folder: Path, saved: Path, tmp_path: Path, connections: list) -> None:
    pipeline = Path(shutil.copytree(saved, tmp_path / "pipeline"))
    shutil.copytree(tmp_path / "other", pipeline / "other")
    shutil.copy(tmp_path / "secret.txt", pipeline / "secret.txt")
    component = pipeline / "bert_encoder"
    (component / "checksums.json").unlink()
    outcome, open_door = DOORS[door]
    open_door(component)
    if outcome == REFUSED:
        with pytest.raises(ValueError, match=CODED):
            spacy.load(pipeline)
    else:
        (doc,) = make_docs(TEXT)
        found, expected = (spacy.load(path).get_pipe("bert_encoder").model.predict([doc]) for path in (pipeline, saved))
        assert torch.equal(found.piece_vectors, expected.piece_vectors)
    assert not connections
    assert not (component / "was_run").exists()


def test_what_is_saved_again_has_no_doors(folder: Path, tmp_path: Path) -> None:
    for outcome, open_door in DOORS.values():
        if outcome == SAME:
            open_door(folder)
    load_checkpoint(str(folder)).save(_made(tmp_path / "saved"))
    text = "".join(file.read_text() for file in (tmp_path / "saved").glob("*.json"))
    for word in ("someone", "mine.Mine", "secret", "quantization", "kernel", "gguf", "passwd", str(tmp_path)):
        assert word not in text, word


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.parametrize("door", ["an adapter on another folder", "code of the model", "quantization"])
def test_a_classifier_leads_nowhere(door: str, folder: Path, connections: list) -> None:
    weights = load_file(folder / "model.safetensors")
    # Copies: older versions of safetensors map the file, which is written over.
    weights = {f"bert.{name}": weight.clone() for name, weight in weights.items()}
    save_file(
        {**weights, "classifier.weight": torch.zeros(2, 32), "classifier.bias": torch.zeros(2)},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    config(folder, architectures=["BertForSequenceClassification"], num_labels=2)
    _, open_door = DOORS[door]
    open_door(folder)
    model, _, task = load_classifier(str(folder))
    assert task == "text-classification"
    found = model.state_dict()["bert.embeddings.word_embeddings.weight"]
    assert torch.equal(found, weights["bert.embeddings.word_embeddings.weight"])
    assert not connections


def test_a_name_on_the_hub_is_fetched_into_the_cache_and_read_from_there(
    bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs, snapshot = (
        _made(tmp_path / "models--someone--bert"),
        tmp_path / "models--someone--bert" / "snapshots" / "abc",
    )
    (blobs / "blobs").mkdir()
    snapshot.mkdir(parents=True)
    for number, file in enumerate(Path(bert_folder).iterdir()):
        shutil.copy(file, blobs / "blobs" / str(number))
        (snapshot / file.name).symlink_to(Path("../../blobs") / str(number))
    asked = []

    def fetch(name: str, *, revision: str | None, **patterns: object) -> str:
        asked.append((name, revision, patterns))
        return str(snapshot)

    monkeypatch.setattr("spacy_bert_ext.huggingface.source.snapshot_download", fetch)
    found, expected = load_checkpoint("someone/bert", revision="v1"), load_checkpoint(bert_folder)
    assert torch.equal(
        found.module.embeddings.word_embeddings.weight, expected.module.embeddings.word_embeddings.weight
    )
    ((name, revision, patterns),) = asked
    assert (name, revision) == ("someone/bert", "v1")
    assert not {"*.bin", "*.py", "*"} & set(patterns["allow_patterns"])
