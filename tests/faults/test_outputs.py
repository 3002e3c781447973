"""Commands that can't write say so in one line; nothing is half written, and what was there stays."""

import errno
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import spacy
from spacy.cli._util import app
from spacy.tokens import DocBin
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401
from spacy_bert_ext.files import folders
from spacy_bert_ext.files.unfinished import SAVING, temporary_beside
from tests.annotated import make_examples
from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.training.resuming.runs import make_config, write_corpus

COMMANDS = ("init-config", "train", "calibrate", "evaluate", "import", "export", "half")
REPLACING = ("init-config", "train", "evaluate")  # what is there already


@pytest.fixture(scope="module")
def inputs(bert_folder: str, trained_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What commands read. Not to be written into."""
    folder = tmp_path_factory.mktemp("inputs")
    examples = make_examples(spacy.load(trained_folder))
    DocBin(docs=[eg.reference for eg in examples]).to_disk(folder / "dev.spacy")
    corpus = write_corpus(folder / "corpus.spacy", 1)
    make_config(bert_folder, corpus, ["bert_ner"], max_steps=1, logger={"@loggers": "spacy.ConsoleLogger.v1"}).to_disk(
        folder / "config.cfg"
    )
    ready = make_classifier(folder / "ready", "electra", "token-classification", TAGS)
    run("import", ready, folder / "imported")
    return {name: folder / name for name in ("dev.spacy", "config.cfg", "ready", "imported")} | {
        "pipeline": trained_folder
    }


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bert", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, re.sub(r"\s+", " ", result.output)


def command(name: str, inputs: dict[str, Path], output: Path) -> tuple[int, str]:
    return run(
        name,
        *{
            "init-config": (output, "--force", "--offline-ok"),
            "train": (inputs["config.cfg"], "--output", output),
            "calibrate": (inputs["pipeline"], inputs["dev.spacy"], output),
            "evaluate": (inputs["pipeline"], inputs["dev.spacy"], "--output", output),
            "import": (inputs["ready"], output),
            "export": (inputs["imported"], output, "--component", "bert_ner"),
            "half": (inputs["pipeline"], output),
        }[name],
    )


def contents(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@contextmanager
def on_full_disk(path: Path, kind: str = SAVING) -> Iterator[Path]:
    """As `temporary_beside`; files in it can't grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with temporary_beside(path, kind) as folder:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
        try:
            yield folder
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk(name: str, inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "output"
    if name in REPLACING:
        assert command(name, inputs, output)[0] == 0
    before = contents(tmp_path)
    monkeypatch.setattr(folders, "temporary_beside", on_full_disk)
    code, printed = command(name, inputs, output)
    assert code == 1 and re.search(r"\[B200\] Can't write to \S*output\S*: File too large", printed)
    assert not any(path.name.startswith(".") for path in contents(tmp_path))
    after = {path: content for path, content in contents(tmp_path).items() if path != output}
    assert after == {path: content for path, content in before.items() if path != output}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_path_below_a_file_is_told_before_work_begins(
    name: str, inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    _forbid_work(monkeypatch)
    code, printed = command(name, inputs, tmp_path / "file" / "output")
    assert code == 1 and re.search(r"\[B200\] Can't write to \S*output\S*: (Not a directory|File exists)", printed)
    assert contents(tmp_path) == {tmp_path / "file": b"mine"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_read_only_folder_is_told_before_work_begins(
    name: str, inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forbid_work(monkeypatch)

    def read_only(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folders.tempfile, "TemporaryDirectory", read_only)
    monkeypatch.setattr(folders.tempfile, "mkdtemp", read_only)
    code, printed = command(name, inputs, tmp_path / "output")
    assert code == 1 and re.search(r"\[B200\] Can't write to \S*output\S*: Read-only file system", printed)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "init-config"])
def test_a_path_within_a_pipeline_is_told_before_work_begins(
    name: str, inputs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _forbid_work(monkeypatch)
    before = contents(inputs["imported"])
    code, printed = command(name, inputs, inputs["imported"] / "bert_encoder" / "output")
    assert code == 1 and "[B201]" in printed
    assert contents(inputs["imported"]) == before


def _forbid_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*args: object, **kwargs: object) -> None:
        raise AssertionError("work has begun")

    for place in ("spacy.load", "spacy_bert_ext.cli.import_.from_pretrained", "spacy_bert_ext.cli.training.init_nlp"):
        monkeypatch.setattr(place, work)
