"""Commands as one types them."""

from spacy_bert_ext.cli.typed import typed


def test_blanks_are_quoted() -> None:
    assert typed(["doctor", "a b.cfg"]) == "python -m spacy bert doctor 'a b.cfg'"
