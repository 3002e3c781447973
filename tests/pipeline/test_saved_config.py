"""The config of a saved pipeline."""

from pathlib import Path

import pytest
from thinc.api import Config

from spacy_bert_ext.pipeline.saved_config import SavedConfig
from tests.annotated import DATA, make_examples
from tests.pipeline.pipelines import HEADS, make_nlp


def test_saved_files_do_not_name_the_checkpoint_they_came_from(trained_folder: Path, bert_folder: str) -> None:
    for name in ("bert_encoder", *HEADS):
        for file in (trained_folder / name).rglob("*"):
            assert not file.is_file() or bert_folder.encode() not in file.read_bytes(), file


def test_the_config_of_an_initialized_pipeline_does_not_name_a_folder_of_the_machine(
    bert_folder: str, tmp_path: Path
) -> None:
    nlp = make_nlp(bert_folder, heads=["bert_ner"])
    own = {"@architectures": "spacy-bert-ext.BertEncoder.v1", "name": bert_folder, "window_pieces": 128}
    nlp.add_pipe("bert_textcat", config={"model": {"encoder": own}})
    tok2vec = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1", "encoder": own}
    nlp.add_pipe("tagger", config={"model": {"tok2vec": tok2vec}})
    nlp.to_disk(tmp_path / "before")
    assert bert_folder in (tmp_path / "before" / "config.cfg").read_text()  # it is needed still
    examples = make_examples(nlp, [(text, {**gold, "tags": ["X"] * len(text.split())}) for text, gold in DATA])
    for _ in range(2):  # it can be initialized again
        nlp.initialize(lambda: examples)
    nlp.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    nlp.to_disk(tmp_path / "after")
    config = (tmp_path / "after" / "config.cfg").read_text()
    assert config.count(f'name = "{Path(bert_folder).name}"') == 4
    assert str(Path(bert_folder).parent) not in config


CONFIG = """
[nlp]
lang = "en"
pipeline = ["bert_encoder","tagger"]

[components]

[components.bert_encoder]
factory = "bert_encoder"

[components.bert_encoder.model]
@architectures = "spacy-bert-ext.BertEncoder.v1"
name = "/home/me/checkpoint"
revision = null

[components.tagger]
factory = "tagger"
vectors = "/home/me/vectors"

[components.off]
factory = "tagger"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.cfg").write_text(CONFIG, encoding="utf8")
    (tmp_path / "meta.json").write_text("{}", encoding="utf8")
    return tmp_path


def test_components_are_those_of_the_config(folder: Path) -> None:
    config = SavedConfig(folder)
    assert config.component_names == {"bert_encoder", "tagger", "off"}
    assert config.pipeline == ["bert_encoder", "tagger"]


def test_it_is_read_once(folder: Path) -> None:
    config = SavedConfig(folder)
    assert config.pipeline is not None
    (folder / "config.cfg").unlink()
    assert config.component_names == {"bert_encoder", "tagger", "off"}


@pytest.mark.parametrize("text", [None, "no config [", "[nlp]\nlang = 'en'"])
def test_a_folder_without_a_readable_config_has_no_components(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.cfg").write_text(text, encoding="utf8")
    assert SavedConfig(tmp_path).component_names == set()
    assert SavedConfig(tmp_path).pipeline is None
    SavedConfig(tmp_path).forget_checkpoints()  # nothing, where there is no pipeline


def test_only_checkpoints_lose_their_paths(folder: Path) -> None:
    SavedConfig(folder).forget_checkpoints()
    components = Config().from_disk(folder / "config.cfg")["components"]
    assert components["bert_encoder"]["model"]["name"] == "checkpoint"
    assert components["tagger"]["vectors"] == "/home/me/vectors"


def test_a_config_that_names_no_folder_is_not_written(folder: Path) -> None:
    SavedConfig(folder).forget_checkpoints()
    before = (folder / "config.cfg").stat().st_mtime_ns
    SavedConfig(folder).forget_checkpoints()
    assert (folder / "config.cfg").stat().st_mtime_ns == before
