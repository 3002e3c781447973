"""Lines → sentences."""

from pathlib import Path

import pytest

from spacy_bert_ext.conversion.formats.conll_lines import Sentence, is_tag, read_sentences, split_columns


def sentences(path: Path, text: str) -> list[Sentence]:
    path.write_text(text, encoding="utf8", newline="")
    return list(read_sentences(path))


def test_blank_lines_end_sentences_and_document_marks_begin_documents(tmp_path: Path) -> None:
    text = "\ufeff-DOCSTART- -X- O\r\n\r\na b O\r\n\t\r\n\n-DOCSTART- O\nc d  O"
    found = sentences(tmp_path / "a.conll", text)
    assert found == [
        Sentence(3, "a.conll, document 1", rows=[["a", "b", "O"]]),
        Sentence(6, "a.conll, document 1", rows=[["-DOCSTART-", "O", ""], ["c", "d", "O"]]),
    ]


def test_comments_and_words_that_look_like_them(tmp_path: Path) -> None:
    text = (
        "# text = a # b\n# any O thing\n# sent_id = 1\na\tO\n#\tO\n\n"
        "#\tO\n#hash\tB-X\n\n"
        '# text_json = "a\\n"\n# newdoc id = d\n# cats = {"x": 1}\na\tO\n\n'
        "#\thttp://a.b/c\t[2010]\t\na\tO\n\n# text = \n\n# nothing\n\n# document = e\nb\tO\n"
    )
    found = sentences(tmp_path / "a", text)
    assert [sentence.rows for sentence in found] == [
        [["a", "O"], ["#", "O"]],
        [["#", "O"], ["#hash", "B-X"]],
        [["a", "O"]],
        [["a", "O"]],
        [],
        [["b", "O"]],
    ]
    assert found[0].values == {"text": "a # b", "comments": ["any O thing"], "sent_id": "1"}
    assert found[2].values == {"text": "a\n", "cats": {"x": 1}}
    assert [sentence.document for sentence in found] == [None, None, "d", "http://a.b/c", "d", "e"]


def test_tabs_or_blanks_separate_columns() -> None:
    assert split_columns("New York\tO", by_tabs=True) == ["New York", "O"]
    assert split_columns("a  NN\tO ", by_tabs=False) == ["a", "NN", "O"]
    assert split_columns("a\u00a0b O", by_tabs=False) == ["a\u00a0b", "O"]
    assert is_tag("O") and is_tag("B-a b") and is_tag("S_X") and not is_tag("X-PER") and not is_tag("B-")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tO\nb\tc\tO\n", "B507.*line 2: found 3 columns, expected 2 as in the first row"),
        ("a\tO\n\tO\n", "B477.*line 2: found .*expected a word"),
        ("# cats = {\na\tO\n", "B477.*line 1: found '{', expected JSON"),
    ],
)
def test_what_is_no_row_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sentences(tmp_path / "a", text)
