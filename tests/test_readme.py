"""What README and docs show is what the package does."""

import inspect
import re
import runpy
from pathlib import Path

import pytest
import torch
from spacy.util import registry
from thinc.api import Config
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertForMaskedLM, pipeline

from spacy_bert_ext import factories  # noqa: F401  (registers the factories)
from spacy_bert_ext.cli import app
from spacy_bert_ext.defaults import FOLDER, default_text
from spacy_bert_ext.huggingface.loading import load_checkpoint
from tests.built import FACTORIES
from tests.docs.pages import PAGES, ROOT, blocks_of
from tests.tiny import TEXT

README = ROOT / "README.md"
TEXTS = {path: path.read_text(encoding="utf8") for path in PAGES}
pytestmark = pytest.mark.skipif(not TEXTS, reason="README and docs are in a checkout only")


def blocks(language: str, page: str) -> list[str]:
    """page: Of docs, where there are any."""
    paths = [path for path in PAGES if path == (ROOT / "docs" / page).resolve()]
    return [block.code for path in paths for block in blocks_of(path) if block.language == language]


SETTINGS = blocks("ini", "reference/settings.md")
COMPONENTS = [block for block in SETTINGS if "[components.bert_" in block and "factory" in block]
LISTENERS = [block for block in SETTINGS if "Listener.v1" in block and "factory" not in block]


def test_each_component_has_a_block_with_its_default_settings() -> None:
    assert COMPONENTS == [default_text(name) for name in FACTORIES]


def test_settings_are_written_by_a_script() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "write_settings.py"))
    for path in script["PAGES"]:
        assert script["with_settings"](TEXTS[path]) == TEXTS[path]


def test_each_listener_has_a_block_with_its_default_settings() -> None:
    names = []
    for block in LISTENERS:
        path = block.split("]")[0].removeprefix("[")
        (config,) = Config().from_str(block.replace(path, "listener", 1)).values()
        names.append(config.pop("@architectures"))
        parameters = inspect.signature(registry.architectures.get(names[-1])).parameters
        assert config == {name: parameter.default for name, parameter in parameters.items()}
    assert names == ["spacy-bert-ext.Tok2VecListener.v1", "spacy-bert-ext.SpacyTransformersListener.v1"]


def test_the_training_block_names_registered_functions_and_their_arguments() -> None:
    block, chained = [
        block for block in blocks("ini", "guides/training.md") if re.match(r"(#.*\n)?\[training\.", block)
    ]
    text = "[paths]\nencoder = null\n[training]\nmax_steps = 100\n" + block
    training = registry.resolve(Config().from_str(text)["training"])
    assert training["optimizer"].rates == {"encoder": 5e-5, "head": 0.001}
    assert callable(training["logger"])
    assert chained.count("@loggers") == 3


def test_the_python_example_finds_what_it_learned(bert_folder: Path, capsys: pytest.CaptureFixture) -> None:
    (example,) = [block for block in blocks("python", "../README.md") if "range(30)" in block]
    name = '{"model": {"name": "bert-base-cased"}}'
    assert name in example
    tiny = f'{{"model": {{"name": {str(bert_folder)!r}, "window_pieces": 128}}}}'
    example = example.replace(name, tiny).replace("Grace moved to Rome", "Ada moved to Paris")
    exec(example.replace("range(30)", "range(150)"), {})  # noqa: S102
    printed = capsys.readouterr().out
    assert "'Ada', 'PERSON'" in printed and "'Paris', 'PLACE'" in printed


def test_the_example_of_vectors_prints_the_scores_of_mean_pooling(
    bert_folder: Path, capsys: pytest.CaptureFixture
) -> None:
    example = block_with("similarity(", "guides/vectors.md")
    name = '"name": "project/encoders/all-MiniLM-L6-v2"'
    assert name in example
    exec(example.replace(name, f'"name": {str(bert_folder)!r}, "precision": "fp32", "window_pieces": 128'), {})  # noqa: S102
    printed = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    query, *others = re.findall(r'^ +"(.*)",$', example, re.MULTILINE)
    expected = sorted(zip(mean_pooling_scores(bert_folder, query, others), others), reverse=True)
    assert printed == [[f"{score:.2f}", text] for score, text in expected]


def block_with(text: str, page: str) -> str:
    (found,) = [block for block in blocks("python", page) if text in block]
    return found


def test_the_tokenizer_for_random_weights_goes_with_its_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("raw.txt").write_text(TEXT, encoding="utf8")
    exec(block_with("WordPieceTrainer", "guides/pretraining.md"), {})  # noqa: S102
    BertForMaskedLM(AutoConfig.from_pretrained("small-bert")).save_pretrained("small-bert")
    filling = pipeline("fill-mask", model="small-bert")
    assert len(filling("The president of Germany met [MASK] in Berlin.")) == 5
    tokenizer = load_checkpoint("small-bert").tokenizer
    assert tokenizer.tokenize("president of Germany") == ["president", "of", "germany"]
    assert tokenizer("a", "b")["token_type_ids"] == [0, 0, 0, 1, 1]


def test_the_reader_of_raw_text_is_shown_with_its_default_settings() -> None:
    (block,) = [block for block in blocks("ini", "guides/pretraining.md") if "buffer_windows" in block]
    assert f"\n{block}\n" in (FOLDER / "pretraining.cfg").read_text(encoding="utf8")


def mean_pooling_scores(folder: Path, query: str, others: list[str]) -> list[float]:
    """Cosines of texts as sentence-transformers computes them with mean pooling."""
    inputs = AutoTokenizer.from_pretrained(folder)([query, *others], padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(folder)(**inputs).last_hidden_state
    mask = inputs["attention_mask"][:, :, None]
    vectors = (hidden * mask).sum(1) / mask.sum(1)
    return torch.cosine_similarity(vectors[:1], vectors[1:]).tolist()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(path: Path) -> None:
    prose = re.sub(r"^ *```.*?^ *```$|`[^`\n]+`", "", TEXTS[path], flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", prose):
        name, _, heading = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf8"), re.MULTILINE)
            assert heading in [re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-") for title in headings]


def test_every_page_is_in_the_navigation_and_the_index() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf8")
    for path in TEXTS:
        name = path.relative_to(ROOT / "docs").as_posix() if path != README else "index.md"
        assert f": {name}\n" in navigation, name
        if name.startswith(("guides/", "tutorials/", "reference/")):
            assert f"]({name})" in TEXTS[ROOT / "docs" / "index.md"], name


def test_the_index_names_every_command() -> None:
    index = TEXTS[ROOT / "docs" / "index.md"].replace(", ", "` `")
    commands = [command.name for command in app.registered_commands]
    assert len(commands) >= 14
    assert not [name for name in commands if name != "quick" and f"`{name}`" not in index]
