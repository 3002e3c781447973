"""What trained and untrained summarizers do alike; here by TF-IDF."""

import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from tests.coded import raises_code
from tests.pipeline.summaries.summarized import chosen, make_examples, make_untrained

TEXT = "Cats sleep . Cats and dogs sleep . Fish swim . Cats sleep all day ."


@pytest.fixture(scope="module")
def nlp() -> Language:
    return make_untrained(n_sents=2)


def summarizer(nlp: Language):
    return nlp.get_pipe("bert_summarizer")


def test_sentences_stand_in_the_order_of_the_text(nlp: Language) -> None:
    doc = nlp(TEXT)
    best = sorted(range(4), key=lambda i: -list(doc.sents)[i]._.summary_score)[:2]
    assert chosen(doc) == sorted(best)
    assert doc._.summary == " ".join(list(doc.sents)[i].text for i in chosen(doc))


def test_other_lengths_need_no_second_run(nlp: Language) -> None:
    doc, pipe = nlp(TEXT), summarizer(nlp)
    before = (doc.to_bytes(), dict(doc.user_data))
    assert [len(pipe.summarize(doc, n_sents=n)) for n in (1, 3, 9)] == [1, 3, 4]
    assert pipe.summarize(doc) == list(doc.spans["summary"])
    assert len(pipe.summarize(doc, ratio=0.25)) == 1 and len(pipe.summarize(doc, max_tokens=7)) == 2
    assert len(pipe.summarize(doc, n_sents=4, max_redundancy=0.1)) == 2
    assert (doc.to_bytes(), dict(doc.user_data)) == before
    with raises_code("B460"):
        pipe.summarize(doc, n_sents=1, ratio=0.5)
    with raises_code("B012", match="max_redundancy"):
        pipe.summarize(doc, max_redundancy=-1)


def test_a_stored_doc_can_be_summarized(nlp: Language) -> None:
    doc, pipe = nlp(TEXT), summarizer(nlp)
    (stored,) = DocBin(store_user_data=True, docs=[doc]).get_docs(nlp.vocab)
    assert [span.text for span in pipe.summarize(stored, n_sents=1)] == [pipe.summarize(doc, n_sents=1)[0].text]
    (bare,) = DocBin(docs=[doc]).get_docs(nlp.vocab)
    with raises_code("B463", match="'Cats sleep.*store_user_data=True"):
        pipe.summarize(bare)


def test_empty_docs_and_single_sentences(nlp: Language) -> None:
    assert [doc._.summary for doc in nlp.pipe(["", " \n", "Nothing else"])] == ["", "", "Nothing else"]


def test_a_doc_without_sentences_does_not_lose_its_batch() -> None:
    nlp = make_untrained()
    nlp.remove_pipe("sentencizer")
    failed: list[Doc] = []
    nlp.set_error_handler(lambda name, pipe, docs, error: failed.extend(docs))
    good = Doc(nlp.vocab, words=["Cats", "sleep"], sent_starts=[True, False])
    done = list(nlp.pipe([nlp.make_doc("Cats sleep"), good]))
    assert done == [good] and [doc.text for doc in failed] == ["Cats sleep"]
    nlp.set_error_handler(lambda name, pipe, docs, error: (_ for _ in ()).throw(error))
    with raises_code("B461", match="sentencizer"):
        nlp("Cats sleep")


def test_gold_is_counted(nlp: Language) -> None:
    assert summarizer(nlp).summarize_gold(make_examples(nlp)).counts.total() == 8
