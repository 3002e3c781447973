"""Two pipelines take turns; no times here."""

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.quantization.speed import ROUNDS, words_per_second


def test_the_pipelines_take_turns_with_the_same_texts() -> None:
    seen: list[tuple[str, str]] = []

    def recording(name: str) -> Language:
        @Language.component(f"recording_{name}")
        def record(doc: Doc) -> Doc:
            seen.append((name, doc.text))
            return doc

        nlp = spacy.blank("en")
        nlp.add_pipe(f"recording_{name}")
        return nlp

    nlp = spacy.blank("en")
    found = words_per_second([recording("one"), recording("other")], [nlp.make_doc("a b"), nlp.make_doc("c")])
    assert len(found) == 2 and all(speed > 0 for speed in found)
    warm, rounds = [("one", "a b"), ("other", "a b")], [("one", "a b"), ("one", "c"), ("other", "a b"), ("other", "c")]
    assert seen == warm + rounds * ROUNDS


def test_not_more_words_than_a_second_takes() -> None:
    nlp = spacy.blank("en")
    docs = [nlp.make_doc("word " * 3000) for _ in range(5)]
    seen = []

    @Language.component("counting_of_speed")
    def count(doc: Doc) -> Doc:
        seen.append(doc)
        return doc

    nlp.add_pipe("counting_of_speed")
    words_per_second([nlp], docs)
    assert len(seen) == 1 + ROUNDS * 2
