"""`.spacy` files, and folders of them."""

import zlib
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.training import Corpus

from spacy_bert_ext.conversion import docbins
from spacy_bert_ext.conversion.docbins import docs_written_whole, is_docs, read_docs
from tests.coded import raises_code

NLP = spacy.blank("en")


def write(target: Path, texts: list[str]) -> int:
    with docs_written_whole(target) as writer:
        for text in texts:
            writer.add(NLP(text))
    assert writer.n_docs == len(texts)
    return writer.n_files


def texts_of(path: Path) -> list[str]:
    return [doc.text for doc in read_docs(path, spacy.blank("en").vocab)]


def test_a_file_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "new" / "train.spacy"
    assert write(target, ["One text .", "Two"]) == 1
    assert target.is_file() and texts_of(target) == ["One text .", "Two"] and is_docs(target)


def test_many_tokens_are_several_files_which_spacy_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docbins, "MAX_TOKENS", 6)
    target, texts = tmp_path / "train.spacy", [f"a b {i}" for i in range(7)]
    assert write(target, texts) == 4
    assert sorted(file.name for file in target.iterdir()) == [f"000{i}.spacy" for i in range(1, 5)]
    assert texts_of(target) == texts and is_docs(target)
    assert sorted(eg.reference.text for eg in Corpus(target)(NLP)) == texts
    assert write(target, ["one"]) == 1 and texts_of(target) == ["one"]  # a file in place of the folder
    write(target, texts)
    assert texts_of(target) == texts  # and the reverse
    write(target, [*texts, "more"])
    assert texts_of(target) == [*texts, "more"] and [path.name for path in tmp_path.iterdir()] == ["train.spacy"]


def test_an_error_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docbins, "MAX_TOKENS", 2)
    target = tmp_path / "train.spacy"
    write(target, ["old"])
    with pytest.raises(RuntimeError), docs_written_whole(target) as writer:
        for _ in range(5):
            writer.add(NLP("a b"))
        raise RuntimeError
    assert texts_of(target) == ["old"] and [path.name for path in tmp_path.iterdir()] == ["train.spacy"]


def test_other_folders_and_names_are_left_alone(tmp_path: Path) -> None:
    with raises_code("B479"), docs_written_whole(tmp_path / "train.json"):
        pass
    (tmp_path / "mine.spacy").mkdir()
    with raises_code("B479"), docs_written_whole(tmp_path / "mine.spacy"):
        pass


@pytest.mark.parametrize("data", [b"", b"text", zlib.compress(b"text"), zlib.compress(b"\x80")])
def test_what_is_no_such_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.spacy").write_bytes(data)
    with raises_code("B492", match="it is no such file"):
        texts_of(tmp_path / "x.spacy")


def test_folders(tmp_path: Path) -> None:
    with raises_code("B492", match="holds none"):
        texts_of(tmp_path)
    assert not is_docs(tmp_path)
    write(tmp_path / "a.spacy", ["a"])
    assert is_docs(tmp_path) and texts_of(tmp_path) == ["a"]
    (tmp_path / "a.txt").write_text("a")
    assert not is_docs(tmp_path)


def test_the_bytes_are_those_of_spacy(tmp_path: Path) -> None:
    docs = [NLP("Ada saw Rome"), NLP("Two")]
    docs[0].user_data.update({"source": {"id": 7}, ("._.", "pair", None, None): "other"})
    with docs_written_whole(tmp_path / "ours.spacy") as writer:
        for doc in docs:
            writer.add(doc)
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "theirs.spacy")
    assert (tmp_path / "ours.spacy").read_bytes() == (tmp_path / "theirs.spacy").read_bytes()
