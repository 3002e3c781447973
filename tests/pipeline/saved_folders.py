"""What is in saved folders, and what loading changes."""

import filecmp
import warnings
from pathlib import Path

import spacy
from spacy.language import Language

from spacy_bert_ext.pipeline.bert_pipe import BertPipe
from tests.annotated import TEXTS
from tests.pipeline.comparing import changed, weights_of


def files_in(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def assert_same_files(one: Path, other: Path) -> None:
    assert files_in(one) == files_in(other)
    _, different, unreadable = filecmp.cmpfiles(one, other, files_in(one), shallow=False)
    assert not different and not unreadable


def accept(folder: Path) -> None:
    """Let a component's files be used as they are."""
    (folder / "checksums.json").unlink()


def snapshot(component: BertPipe) -> tuple:
    """Everything that loading may change."""
    module = component.shim.module
    return component.cfg.copy(), module, weights_of(module), component.model.get_dim("nO")


def assert_unchanged(component: BertPipe, before: tuple) -> None:
    cfg, module, weights, n_outputs = before
    assert component.cfg == cfg
    assert component.shim.module is module
    assert not changed(weights, module)
    assert component.model.get_dim("nO") == n_outputs


def loads_in_silence(folder: Path, **options) -> Language:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        nlp = spacy.load(folder, **options)
        list(nlp.pipe(TEXTS))
    return nlp
