"""What stands under `._` is there wherever a component comes to life."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc, Span

from tests.annotated import TEXTS
from tests.interop.spacy_heads import TRANSFORMER_LISTENER
from tests.interop.spacy_heads import make_initialized as make_with_spacys_heads
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import encoder_of

IN_ANOTHER_PROCESS = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
nlp = pickle.load(open(sys.argv[1], "rb"))
doc = nlp(sys.argv[2])
print([[span.text, round(span._.score, 3)] for span in doc.ents], doc._.bert is not None)
print(doc._.trf_data is not None if sys.argv[3] == "trf_data" else "")
"""


@pytest.fixture
def without_extensions() -> Iterator[None]:
    """As in a process that has never made a component."""
    removed = [(kind, name, kind.remove_extension(name)) for kind, name in ((Doc, "bert"), (Span, "score"))]
    yield
    for kind, name, values in removed:
        kind.set_extension(name, getter=values[2], setter=values[3], force=True)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda nlp: pickle.loads(pickle.dumps(nlp))])
def test_copies_define_them(trained: Language, without_extensions: None, copied: Callable) -> None:
    assert not Doc.has_extension("bert") and not Span.has_extension("score")
    copied(trained)
    assert Doc.has_extension("bert") and Span.has_extension("score")


def run(nlp: Language, folder: Path, *arguments: str) -> list[str]:
    (folder / "nlp.pickle").write_bytes(pickle.dumps(nlp))
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(folder / "nlp.pickle"), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_another_process(trained: Language, tmp_path: Path) -> None:
    encoder_of(trained).keep = "tokens"
    doc = trained(TEXTS[0])
    expected = [[span.text, score] for span, score in zip(doc.ents, annotations(doc)["scores"])]
    assert expected and run(trained, tmp_path, TEXTS[0], "")[0] == f"{expected} True"


def test_another_process_with_a_listener_of_spacy_transformers(bert_folder: str, tmp_path: Path) -> None:
    pytest.importorskip("spacy_transformers", exc_type=ImportError)
    nlp = make_with_spacys_heads(bert_folder, ("tagger", "bert_ner"), listener=TRANSFORMER_LISTENER)
    assert run(nlp, tmp_path, TEXTS[0], "trf_data")[1] == "True"
