"""Faults of gold spans, and the warning of them."""

import warnings

import pytest
from spacy.language import Language

from spacy_bert_ext.pipeline.gold_faults import blank_ended, misaligned, warn_of_gold

TEXT = "{n_spans} of {total} of '{name}': {examples}"


def test_a_fault_quotes_all_spans(nlp: Language) -> None:
    doc = nlp.make_doc("a b c d")
    for fault in (misaligned([doc[0:1], doc[1:3]], 5), blank_ended([doc[0:1], doc[1:3]], 5)):
        assert (fault.items, fault.n_of, fault.in_training) == (["'a'", "'b c'"], 5, False)


def test_a_warning_quotes_a_few(nlp: Language) -> None:
    doc = nlp.make_doc("a b c d")
    with pytest.warns(UserWarning, match=r"^4 of 9 of 'mine': 'a', 'b', 'c'$"):
        warn_of_gold(TEXT, [token.doc[token.i : token.i + 1] for token in doc], 9, "mine")


def test_nothing_wrong_is_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_gold(TEXT, [], 9, "mine")
