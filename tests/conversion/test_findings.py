"""Counts and faults."""

from spacy_bert_ext.conversion.findings import Fault, Findings


def test_counts_keep_their_order() -> None:
    findings = Findings()
    findings.count("texts")
    findings.count("answers", 2)
    findings.count("texts")
    findings.leave_out("file, line 1", "it is empty")
    assert list(findings.counts.items()) == [("texts", 2), ("answers", 2)]
    assert findings.faults == [Fault("file, line 1", "it is empty")]


def test_notes_are_told_once() -> None:
    findings = Findings()
    findings.tell("one")
    findings.tell("one")
    assert findings.notes == ["one"]


def test_why_nothing_was_made() -> None:
    findings = Findings()
    assert findings.reason_of_nothing() == "there is no text in it."
    findings.leave_out("a, line 1", "it is empty")
    findings.leave_out("a, line 2", "it is long")
    assert findings.reason_of_nothing() == "2 left out, the first one in a, line 1: it is empty"
