"""Which texts are explained, and which heads are asked."""

import io
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Span

from spacy_bert_ext.cli.explaining import Question, chosen_heads, explain_texts, read_texts
from tests.annotated import ENTITIES, TEXTS
from tests.coded import raises_code
from tests.pipeline.pairs.paired import make_initialized_pairs
from tests.pipeline.pipelines import HEADS, make_initialized


def question(component: str | None = None, label: str | None = None, spans_key: str | None = None) -> Question:
    return Question(component, label=label, spans_key=spans_key, method="occlusion", steps=8, baseline="mask")


def test_texts_are_lines_that_are_not_blank_and_come_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "\ufefffirst \r\n\n \t\nsecond\nfirst \n"
    (tmp_path / "texts.txt").write_bytes(content.encode())
    assert read_texts(None, str(tmp_path / "texts.txt")) == ["first ", "second"]
    monkeypatch.setattr("sys.stdin", io.StringIO("a\nb"))
    assert read_texts(None, "-") == ["a", "b"]
    assert read_texts("one\ntext", None) == ["one\ntext"]


def test_texts_come_from_one_place(tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_text(" \n\n")
    with raises_code("B399", match="No text to explain"):
        read_texts(None, None)
    with raises_code("B399", match="A text and a file"):
        read_texts("a", "-")
    for text, file in ((" \n", None), (None, str(tmp_path / "blank.txt"))):
        with raises_code("B399", match="white space"):
            read_texts(text, file)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("a café".encode("latin1"))
    with raises_code("B420", match="latin.txt is not UTF-8: .* at byte 5"):
        read_texts(None, str(tmp_path / "latin.txt"))


def test_the_heads_that_are_asked(shared_trained: Language) -> None:
    assert list(chosen_heads(shared_trained, question())) == list(HEADS)
    assert list(chosen_heads(shared_trained, question(label="sport"))) == ["bert_textcat", "bert_textcat_multilabel"]
    assert list(chosen_heads(shared_trained, question("bert_ner", label="sport"))) == ["bert_ner"]
    with raises_code("B010", match="'POSITIVE' for `--label`.*GPE.*sport"):
        chosen_heads(shared_trained, question(label="POSITIVE"))
    with raises_code("B045", match="absent.*bert_ner"):
        chosen_heads(shared_trained, question("absent"))
    without_spans = shared_trained.select_pipes(disable=["bert_spancat"])
    with without_spans, raises_code("B397", match=r"sets `doc.spans`\. It has: bert_encoder"):
        chosen_heads(shared_trained, question(spans_key="sc"))


def test_a_question_is_asked_for_by_its_name(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_ner", "bert_qa"))
    assert list(chosen_heads(nlp, question(label="WHO"))) == ["bert_qa"]
    with raises_code("B010", match="'WHEN' for `--label`.*GPE.*WHERE"):
        chosen_heads(nlp, question(label="WHEN"))


def test_explanations_are_those_of_the_heads(shared_trained: Language) -> None:
    found = explain_texts(shared_trained, TEXTS[:1], question())
    doc = shared_trained(TEXTS[0])
    expected = [shared_trained.get_pipe("bert_ner").explain(ent, method="occlusion") for ent in doc.ents]
    expected += [shared_trained.get_pipe(name).explain(doc, method="occlusion") for name in HEADS[1:3]]
    spans = list(doc.spans["sc"])
    expected += [shared_trained.get_pipe("bert_spancat").explain(span, method="occlusion") for span in spans]
    assert [one.to_json() for one in found] == [one.to_json() for one in expected]
    assert [one.target_text for one in found] == [*(text for text, _ in ENTITIES[0]), "", "", *map(str, spans)]


def test_nothing_predicted_is_told(shared_trained: Language) -> None:
    with raises_code("B398", match="bert_ner predicted nothing"):
        explain_texts(shared_trained, [TEXTS[2]], question("bert_ner"))
    with raises_code("B398", match=r"of bert_ner stand in `doc.spans\['other'\]` \(texts: 2\)"):
        explain_texts(shared_trained, TEXTS[:2], question("bert_ner", spans_key="other"))


def test_each_head_gets_the_spans_of_a_group_that_have_its_labels(
    shared_trained: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    ner, spancat = (shared_trained.get_pipe(name) for name in ("bert_ner", "bert_spancat"))
    keys = {"bert_ner": "of_ner", "bert_spancat": "sc"}  # as if there were two that set spans
    monkeypatch.setattr("spacy_bert_ext.cli.explaining.key_of", lambda nlp, name: keys.get(name))
    doc = shared_trained(TEXTS[0])
    doc.spans["ruler"] = [Span(doc, 0, 2, label=spancat.labels[0]), Span(doc, 0, 1, "OTHER"), Span(doc, 6, 7)]
    monkeypatch.setattr(type(ner), "labels", ("PLACE",))
    monkeypatch.setattr(shared_trained, "pipe", lambda texts: [doc])
    monkeypatch.setattr(type(ner), "explain", lambda self, span, **asked: (self.name, span.start))
    monkeypatch.setattr(type(spancat), "explain", lambda self, span, **asked: (self.name, span.start))
    found = explain_texts(shared_trained, TEXTS[:1], question(spans_key="ruler"))
    assert found == [("bert_ner", 6), ("bert_spancat", 0), ("bert_spancat", 6)]
    named = explain_texts(shared_trained, TEXTS[:1], question("bert_ner", spans_key="ruler"))
    assert named == [("bert_ner", 0), ("bert_ner", 0), ("bert_ner", 6)]


def test_a_second_text_is_given_to_each(bert_folder: Path) -> None:
    nlp = make_initialized_pairs(bert_folder)
    asked = question()._replace(pair="Who met Barack Obama ?")
    found = explain_texts(nlp, ["Angela Merkel met him .", "one two"], asked)
    assert [explanation.text for explanation in found] == ["Angela Merkel met him .", "one two"]
    with raises_code("B452", match="`doc._.pair` is empty"):
        explain_texts(nlp, ["a"], asked._replace(pair=" "))


def test_a_second_text_needs_a_head_that_reads_pairs(shared_trained: Language) -> None:
    with raises_code("B451", match="`--pair` of these texts is 'b'.*no head"):
        explain_texts(shared_trained, ["a"], question()._replace(pair="b"))
