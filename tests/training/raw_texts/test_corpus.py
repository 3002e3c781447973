"""The reader as a config names it: from files to Docs that fill windows."""

import gzip
import json
import random
import tracemalloc
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.util import registry

from spacy_bert_ext.training.piece_counts import piece_counter
from spacy_bert_ext.training.raw_texts import tokens as tokens_module
from spacy_bert_ext.training.raw_texts.corpus import create_raw_texts_v1
from tests.coded import raises_code

NLP = spacy.blank("en")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def docs_of(path: Path | None, nlp: Language = NLP, **settings) -> list[Doc]:
    return [eg.reference for eg in create_raw_texts_v1(path, **{"shuffle": False, **settings})(nlp)]


def texts_of(path: Path | None, nlp: Language = NLP, **settings) -> list[str]:
    return [doc.text for doc in docs_of(path, nlp, **settings)]


def test_sentences_fill_windows(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.txt", "One two. Three four five.", "", "Six.", "Seven eight nine ten eleven twelve.")
    # Without a checkpoint each token is a piece, and two special ones stand around them.
    docs = docs_of(path, window_pieces=9)
    assert [doc.text for doc in docs] == ["One two. Three four five.", "Six.", "Seven eight nine ten eleven twelve."]
    assert [[sent.text for sent in doc.sents] for doc in docs] == [
        ["One two.", "Three four five."],
        ["Six."],
        ["Seven eight nine ten eleven twelve."],
    ]
    assert all(not doc.user_data for doc in docs)
    assert texts_of(path, window_pieces=11)[0] == "One two. Three four five. Six."
    assert texts_of(path, window_pieces=11, across_texts=False)[:2] == ["One two. Three four five.", "Six."]
    # A long sentence is cut, and what is left of it stands with what follows.
    assert texts_of(write(tmp_path / "b.txt", "a b c d e", "f"), window_pieces=5) == ["a b c", "d e f"]


def test_pieces_are_those_of_the_checkpoint(bert_folder: str, tmp_path: Path) -> None:
    path = write(tmp_path / "raw.txt", *["The tokenization of untranslatable words makes more bits ."] * 20)
    count = piece_counter(bert_folder)
    docs = docs_of(path, name=bert_folder, window_pieces=64)
    sizes = count.per_doc(docs)
    of_sentence = int(count.per_doc([NLP("The tokenization of untranslatable words makes more bits .")])[0])
    assert sizes.tolist()[:-1] == [62 // of_sentence * of_sentence] * (len(docs) - 1)
    assert sum(len(list(doc.sents)) for doc in docs) == 20


def test_folders_hold_all_kinds_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(gzip.compress(b"one\n", mtime=0))
    (tmp_path / "b.jsonl").write_text(json.dumps({"body": "two"}) + "\n")
    DocBin(docs=[Doc(NLP.vocab, words=["thr.ee"])]).to_disk(tmp_path / "c.spacy")
    (tmp_path / "d").mkdir()
    write(tmp_path / "d" / "e.txt", "four", "five", "", "six")
    settings = {"text_key": "body", "across_texts": False}
    assert texts_of(tmp_path, **settings) == ["one", "two", "thr.ee", "four", "five", "six"]
    assert texts_of(tmp_path, **settings, text_per="paragraph")[3:] == ["four five", "six"]
    assert texts_of(tmp_path, text_key="body") == ["one two thr.ee four five six"]
    assert texts_of(tmp_path, **settings, limit=2) == ["one", "two"]


def test_each_pass_has_an_order_of_its_own_that_the_seed_tells(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.txt", *map(str, range(40)))

    def orders(**settings) -> list[list[str]]:
        reader = create_raw_texts_v1(path, across_texts=False, **settings)
        return [[eg.reference.text for eg in reader(NLP)] for _ in range(2)]

    in_order = list(map(str, range(40)))
    assert orders(shuffle=False) == [in_order, in_order]
    state = random.getstate()
    first, second = orders()
    assert random.getstate() == state
    assert first != second
    assert sorted(first, key=int) == sorted(second, key=int) == in_order
    assert orders() == [first, second]
    assert orders(seed=1)[0] not in (first, second)
    within = orders(buffer_windows=10)[0]
    assert within != in_order
    assert [sorted(within[i : i + 10], key=int) for i in range(0, 40, 10)] == [
        in_order[i : i + 10] for i in range(0, 40, 10)
    ]


def test_a_pass_counts_when_it_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.txt", *map(str, range(40)))
    one, other = (create_raw_texts_v1(path, across_texts=False) for _ in range(2))
    next(iter(one(NLP)))  # such as of a look at the first Doc
    list(other(NLP))
    assert [eg.reference.text for eg in one(NLP)] == [eg.reference.text for eg in other(NLP)]


def test_a_config_names_it(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.txt", "a")
    reader = registry.resolve({"reader": {"@readers": "spacy-bert-ext.RawTexts.v1", "path": str(path)}})["reader"]
    (eg,) = reader(NLP)
    assert eg.predicted is eg.reference
    assert eg.reference.text == "a"


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"text_per": "page"}, "B010"),
        ({"pieces_from": "bytes"}, "B010"),
        ({"window_pieces": 0}, "B012"),
        ({"window_pieces": 2.5}, "B012"),
        ({"buffer_windows": 0}, "B012"),
        ({"limit": -1}, "B012"),
        ({"seed": -1}, "B012"),
    ],
)
def test_settings_out_of_range_are_refused_at_once(setting: dict, code: str) -> None:
    with raises_code(code, match=next(iter(setting))):
        create_raw_texts_v1(None, **setting)


def test_what_is_no_raw_text_is_told_when_it_is_read(tmp_path: Path, bert_folder: str) -> None:
    with raises_code("B401", match=r"--paths\.raw_text"):
        docs_of(None)
    with raises_code("B402", match="no such file"):
        docs_of(tmp_path / "raw.txt")
    path = tmp_path / "raw.txt"
    for text in ("", "\n \r\n\t\n", "\u200b\x07\n"):  # the last one is a token without pieces
        path.write_text(text)
        with raises_code("B405", match=r"raw\.txt: 1 files were read"):
            docs_of(path, name=bert_folder)
    write(path, "a")
    with raises_code("B012", match=r"`window_pieces = 3`.*4 or more"):
        docs_of(path, name=bert_folder, window_pieces=3)
    with raises_code("B001", match="/no/such"):
        docs_of(path, name="/no/such/folder")


@settings(max_examples=30)
@given(st.lists(st.text(st.sampled_from("ab.!? ,'()-東👩\t\u2028"), max_size=40), max_size=12), st.integers(4, 20))
@pytest.mark.parametrize("across_texts", [True, False])
def test_no_token_of_a_text_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, across_texts: bool, lines: list[str], window_pieces: int
) -> None:
    path = write(tmp_path_factory.mktemp("raw") / "raw.txt", "begin", *lines)
    docs = docs_of(path, window_pieces=window_pieces, across_texts=across_texts)
    texts = [line for line in ["begin", *lines] if line.strip()]
    assert [token.text for doc in docs for token in doc] == [token.text for text in texts for token in NLP(text)]
    assert all(len(doc) <= window_pieces - 2 for doc in docs)
    assert all(next(iter(doc)).is_sent_start for doc in docs)


def test_memory_does_not_grow_with_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the reader, its Docs and the pipeline; each line has words that no other has."""
    monkeypatch.setattr(tokens_module, "CHUNK_LENGTH", 5_000)
    monkeypatch.setattr(tokens_module, "MAX_WORDS", 1000)
    nlp = spacy.blank("xx")  # whose tokenizer is soon copied
    peaks, sizes = [], (len(nlp.vocab), len(nlp.vocab.strings))
    for n_lines in (1000, 1000, 4000):
        path = write(tmp_path / "raw.txt", *(f"new{i} word{i} are here ." for i in range(n_lines)))
        reader = create_raw_texts_v1(path, window_pieces=32, buffer_windows=32)
        tracemalloc.start()
        n_tokens = sum(len(eg.reference) for eg in reader(nlp))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert n_tokens == 5 * n_lines
    assert peaks[2] < 1.1 * peaks[1]
    assert (len(nlp.vocab), len(nlp.vocab.strings)) == sizes
