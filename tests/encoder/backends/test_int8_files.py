"""Files of an int8 graph: written, read back, damaged."""

import json
from contextlib import closing

import pytest

from spacy_bert_ext.encoder.backends.int8_files import Int8Files, read_int8_files
from spacy_bert_ext.files.contents import FolderContents
from spacy_bert_ext.files.saved_files import SavedFiles
from tests.coded import raises_code

FILES = Int8Files("abc", ("input_ids",), ("last_hidden_state",), {"library": "1.0"}, {"graph.bin": b"\x00\x01"})


def read(folder):
    with closing(SavedFiles(FolderContents(folder), "bert_encoder", folder)) as files:
        return read_int8_files(files, "record.json", ["graph.bin"])


def test_files_are_read_as_they_were_written(tmp_path):
    assert read(tmp_path) is None
    FILES.write(tmp_path, "record.json")
    assert read(tmp_path) == FILES


@pytest.mark.parametrize("key", ["weights", "inputs", "outputs", "made_with"])
def test_a_damaged_record_is_refused(tmp_path, key):
    FILES.write(tmp_path, "record.json")
    table = json.loads((tmp_path / "record.json").read_text())
    (tmp_path / "record.json").write_text(json.dumps({**table, key: 3}))
    with raises_code("B030", match="record.json is damaged"):
        read(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    FILES.write(tmp_path, "record.json")
    (tmp_path / "graph.bin").unlink()
    with raises_code("B030", match="graph.bin is missing"):
        read(tmp_path)
