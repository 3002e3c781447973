import pytest

from spacy_bert_ext.tagging.tag_names import parse_tags, read_scheme
from tests.coded import raises_code

BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@pytest.mark.parametrize(
    "names, scheme, parsed",
    [
        (BIO, "BIO", BIO),
        (["B_PER", "I_PER", "O"], "BIO", ["B-PER", "I-PER", "O"]),
        (["O", "b-per", "i-per"], "BIO", ["O", "B-per", "I-per"]),
        (["O", "S-PER", "B-PER", "I-PER", "E-PER"], "BILUO", ["O", "U-PER", "B-PER", "I-PER", "L-PER"]),
        (["B-NAME", "M-NAME", "E-NAME", "S-NAME", "O"], "BILUO", ["B-NAME", "I-NAME", "L-NAME", "U-NAME", "O"]),
        (["O", "B-PER", "I-PER", "L-PER", "U-PER"], "BILUO", ["O", "B-PER", "I-PER", "L-PER", "U-PER"]),
        (["O", "I-PER", "I-LOC"], "IO", ["O", "I-PER", "I-LOC"]),
        (["PER", "O", "geo-political_entity"], "IO", ["I-PER", "O", "I-geo-political_entity"]),
        # As CoNLL-2003 came: B- only where it was needed
        (["O", "I-PER", "B-LOC", "I-LOC"], "IOB1", ["O", "I-PER", "B-LOC", "I-LOC"]),
        (["[CLS]", "O", "B-PER", "I-PER", "X", "<pad>"], "BIO", ["[CLS]", "O", "B-PER", "I-PER", "X", "<pad>"]),
        (["O", "B-a-b_c", "I-a-b_c"], "BIO", ["O", "B-a-b_c", "I-a-b_c"]),
        (["[PAD]", "O", "PER", "X", "[SEP]"], "IO", ["[PAD]", "O", "I-PER", "X", "[SEP]"]),
        (["O", "B:PER", "I:PER"], "BIO", ["O", "B-PER", "I-PER"]),
        (["o", "b/per", "i/per"], "BIO", ["O", "B-per", "I-per"]),
        (["O", "PER-B", "PER-I", "LOC-B"], "BIO", ["O", "B-PER", "I-PER", "B-LOC"]),
        (["PER_b", "PER_i", "O", "NULL", "<pad>"], "BIO", ["B-PER", "I-PER", "O", "NULL", "<pad>"]),
        (["O", "A-B-S", "A-B-B", "A-B-M", "A-B-E"], "BILUO", ["O", "U-A-B", "B-A-B", "I-A-B", "L-A-B"]),
        (["O", "S-B", "S-I", "E-B", "E-I"], "BIO", ["O", "B-S", "I-S", "B-E", "I-E"]),
        (["B-PER", "M-PER", "E-PER", "W-PER", "O"], "BILUO", ["B-PER", "I-PER", "L-PER", "U-PER", "O"]),
        (
            ["O", "START_DATE", "END_DATE", "BI", "INSIDER"],
            "IO",
            ["O", "I-START_DATE", "I-END_DATE", "I-BI", "I-INSIDER"],
        ),
        (["NAME", "E-MAIL", "O"], "IO", ["I-NAME", "I-E-MAIL", "O"]),
        (["O", "E-MAIL", "L-SHAPE", "m_tag", "[CLS]"], "IO", ["O", "I-E-MAIL", "I-L-SHAPE", "I-m_tag", "[CLS]"]),
    ],
)
def test_schemes_are_told_from_their_letters(names, scheme, parsed):
    found = parse_tags(names)
    assert (found.scheme, found.names) == (scheme, parsed)
    assert found.labels == list(dict.fromkeys(name[2:] for name in parsed if "-" in name))


def test_the_scheme_can_be_set():
    assert parse_tags(BIO, scheme="IOB1") == ("IOB1", ["PER", "LOC"], BIO)
    assert parse_tags(["O", "PER"], scheme="BIO") == ("BIO", ["PER"], ["O", "I-PER"])
    assert parse_tags(["O", "E-MAIL", "NAME"], scheme="IO").labels == ["E-MAIL", "NAME"]
    assert parse_tags(["O", "A-SIDE", "B-SIDE", "X"], scheme="IO") == (
        "IO",
        ["A-SIDE", "B-SIDE"],
        ["O", "I-A-SIDE", "I-B-SIDE", "X"],
    )
    assert parse_tags(["O", "I-PER", "I-LOC", "[PAD]"], scheme="IO").labels == ["PER", "LOC"]


@pytest.mark.parametrize(
    "name, scheme",
    [
        ("IOBES", "BILUO"),
        ("bmewo", "BILUO"),
        ("BIOUL", "BILUO"),
        ("BIOES", "BILUO"),
        ("bioes", "BILUO"),
        ("Biluo", "BILUO"),
        ("IOB2", "BIO"),
        ("bio", "BIO"),
        ("iob1", "IOB1"),
    ],
)
def test_schemes_have_several_names(name, scheme):
    assert read_scheme(name) == scheme


def test_names_that_look_like_tags_can_be_types():
    assert parse_tags(["O", "HEPATITIS-B", "HEPATITIS-E"], scheme="IO").labels == ["HEPATITIS-B", "HEPATITIS-E"]
    assert parse_tags(["O", "BANK", "IANK"], scheme="IO").labels == ["BANK", "IANK"]


def test_an_unknown_scheme_is_refused():
    with raises_code("B010") as caught:
        read_scheme("IOB")
    assert "BILUO, BIO, IOB1, IO" in str(caught.value)


@pytest.mark.parametrize(
    "names, scheme, reason",
    [
        (["LABEL_0", "LABEL_1"], None, 'none of them is "O"'),
        (["O", "B-PER", "I-PER", "LOC"], None, "'LOC' has no letter"),
        (["O", "PER-B", "PER-I", "LOC"], None, "letter behind"),
        (["O", "HEPATITIS-B"], None, "may be types, or tags with the letter behind"),
        (["O", "PER-B", "PER-L", "PER-E"], None, "mix the schemes of 'L' and 'E'"),
        (["O", "I-PER", "E-PER"], None, "no tag begins an entity"),
        (["O", "E-PER", "S-PER"], None, "none is B or I"),
        (["O", "BPER", "IPER"], None, "'BPER' looks like a tag"),
        (["O", "BEGIN_PER", "INSIDE_PER", "OTHER"], None, "'BEGIN_PER' looks like a tag"),
        (["O", "PER-start", "PER-inner"], None, "'PER-start' looks like a tag"),
        (["O", "B-PER", "L-PER", "E-LOC"], None, "mix the schemes of 'L' and 'E'"),
        (["O", "B-PER", "S-PER", "U-LOC"], None, "mix the schemes of 'U' and 'S'"),
        (["O", "B-PER", "B_PER"], None, "'B-PER' is there twice"),
        (["O", "B-PER", "E-PER"], "BIO", "BIO has no letter L"),
        (["O", "A-SIDE", "B-SIDE"], None, "'A-SIDE' has no letter"),
        (["O", "B-PER", "I-PER", "LOC"], "IO", "'LOC' has no letter"),
    ],
)
def test_labels_that_say_nothing_or_two_things_are_refused(names, scheme, reason):
    with raises_code("B041") as caught:
        parse_tags(names, scheme=scheme)
    assert reason in str(caught.value)
