import pickle

import pytest

from spacy_bert_ext.errors import Errors, Warnings
from spacy_bert_ext.messages.coded import CodedMessages, bare, parted

MORE = "More: python -m spacy bert help"


class Texts(metaclass=CodedMessages):
    B001 = "Can't load {name}: {reason}. Try again."
    B002 = "It is {{empty}}."
    B003 = "Nothing to fill in."


def test_last_line_says_where_to_read_more():
    assert Texts.B003 == f"[B003] Nothing to fill in.\n{MORE} B003"
    assert Texts.B002.format() == f"[B002] It is {{empty}}.\n{MORE} B002"
    assert Errors.B425.endswith(f"\n{MORE} B425") and Warnings.B101.startswith("[B101] ")


@pytest.mark.parametrize("quote", [str, lambda error: error, lambda error: " ".join(str(error).split())])
def test_messages_that_are_quoted_lose_that_line(quote):
    inner = ValueError(Texts.B002.format())
    found = Texts.B001.format(name="it", reason=quote(inner))
    assert found == f"[B001] Can't load it: [B002] It is {{empty}}.. Try again.\n{MORE} B001"
    twice = Texts.B001.format(name="all", reason=f"of it ({ValueError(found)})")
    assert twice.count(MORE) == 1 and "Try again.)." in twice


def test_parts_of_a_message():
    assert parted(Texts.B003) == ("[B003] Nothing to fill in.", f"{MORE} B003")
    assert parted("no code") == ("no code", "")
    assert parted(f"{Texts.B003} and on") == (f"{Texts.B003} and on", "")
    assert bare(ValueError(Texts.B003)) == "[B003] Nothing to fill in." and bare("no code") == "no code"


def test_errors_can_be_sent_to_other_processes():
    error = pickle.loads(pickle.dumps(ValueError(Texts.B003)))
    assert str(error) == Texts.B003
