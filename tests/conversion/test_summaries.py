"""Texts with summaries."""

from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.summaries import SummaryOptions, convert_summaries
from tests.conversion.written import write_lines

TEXT = "Ada moved to Rome. It rained there for two weeks. She liked it. Bob stayed."


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp


def convert(
    path: Path, nlp: Language, *summaries: Any, text: str = TEXT, abstractive: bool = False
) -> tuple[list[Doc], Findings]:
    findings = Findings()
    write_lines(path, [{"text": text, "summary": summary} for summary in summaries])
    return list(convert_summaries(path, nlp, SummaryOptions(abstractive), findings)), findings


def gold(doc: Doc) -> list[str]:
    return [span.text for span in doc.spans["summary"]]


def test_sentences_in_the_order_of_the_text(tmp_path: Path, nlp: Language) -> None:
    summaries = ("She liked it.Ada moved to Rome.", ["Bob stayed."])
    docs, findings = convert(tmp_path / "s.jsonl", nlp, *summaries)
    assert [gold(doc) for doc in docs] == [["Ada moved to Rome.", "She liked it."], ["Bob stayed."]]
    assert docs[0].text == TEXT and len(list(docs[0].sents)) == 4
    assert findings.counts == {"made of sentences": 2, "sentences": 8, "sentences of summaries": 3}


def test_an_abstract_has_the_sentences_that_tell_most_of_it(tmp_path: Path, nlp: Language) -> None:
    docs, findings = convert(tmp_path / "s.jsonl", nlp, "Ada moved, then, to Rome.")
    assert gold(docs[0]) == ["Ada moved to Rome."] and findings.counts["written anew"] == 1
    docs, findings = convert(tmp_path / "s.jsonl", nlp, "Ada moved to Rome.", abstractive=True)
    assert gold(docs[0]) == ["Ada moved to Rome."] and findings.counts["written anew"] == 1


def test_what_is_not_found_is_told(tmp_path: Path, nlp: Language) -> None:
    docs, findings = convert(tmp_path / "s.jsonl", nlp, "It rained there for two weeks. Ada moved to Rome. And Bob?")
    assert len(gold(docs[0])) == 2 and findings.counts["made of sentences, in part"] == 1
    assert [fault.reason for fault in findings.faults] == ["not in the text: 'AndBob?'"]
    assert findings.faults[0].place.endswith("s.jsonl, line 1")


def test_what_can_not_be_learned_from_is_left_out(tmp_path: Path, nlp: Language) -> None:
    docs, findings = convert(tmp_path / "s.jsonl", nlp, " ", "xyz")
    assert not docs and findings.counts["texts left out"] == 2
    reasons = [fault.reason for fault in findings.faults]
    assert reasons == ["the summary is empty", "no sentence of the text has words of the summary"]
    _, findings = convert(tmp_path / "s.jsonl", nlp, "Ada", text="\n")
    assert findings.faults[0].reason == "the text is empty"


def test_wrong_forms_and_pipelines_are_refused(tmp_path: Path, nlp: Language) -> None:
    with pytest.raises(ValueError, match="B477.*'summary': found 3, expected a text"):
        convert(tmp_path / "s.jsonl", nlp, 3)
    with pytest.raises(ValueError, match="B477.*'summary'"):
        convert(tmp_path / "s.jsonl", nlp, ["a", 3])
    with pytest.raises(ValueError, match="B484.*finds no sentences"):
        convert(tmp_path / "s.jsonl", spacy.blank("en"), "Ada")
