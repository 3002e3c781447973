"""What heads of pairs have in common: Docs with one text, streams, long texts, `predict_pairs`, explanations."""

import warnings

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from spacy_bert_ext.pipeline.pairs import head as head_module
from tests.coded import raises_code
from tests.pipeline.pairs.paired import BORDER, PAIRS, make_initialized_pairs, paired_doc, paired_docs, paired_examples
from tests.pipeline.pipelines import encoder_of, head_of

BOTH = ("bert_textpair", "bert_textpair_score")


@pytest.fixture(scope="module", params=BOTH)
def nlp(request, bert_folder) -> Language:
    return make_initialized_pairs(bert_folder, request.param, encoder={"window_pieces": 32, "overlap_pieces": 8})


def found(doc) -> list[float | None]:
    return list(doc.cats.values()) or ([doc._.pair_score] if Doc.has_extension("pair_score") else [])


def last(nlp: Language):
    return head_of(nlp, nlp.pipe_names[-1])


def test_a_doc_with_one_text_is_left_as_it_is_with_one_warning(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    docs = [*paired_docs(nlp), nlp.make_doc("one text"), nlp.make_doc("another")]
    with pytest.warns(UserWarning, match=r"\[B454\] 'bert_textpair' reads pairs.*'one text'") as caught:
        docs = list(nlp.pipe(docs))
    assert len(caught) == 1 and [bool(doc.cats) for doc in docs] == [True] * 4 + [False] * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not nlp("one text").cats


def test_a_training_does_not_warn(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        examples = [*paired_examples(nlp), *([paired_examples(nlp)[0]] * 2)]
        nlp.update(examples)
        nlp.evaluate(paired_examples(nlp))


def test_a_doc_has_the_same_scores_alone_and_in_any_company(nlp):
    alone = [found(nlp(doc)) for doc in paired_docs(nlp)]
    together = [found(doc) for doc in nlp.pipe([nlp.make_doc("one"), *paired_docs(nlp), nlp.make_doc("two")])]
    assert together[1:-1] == alone
    assert last(nlp).predict_pairs(PAIRS * 3)[4:8] == last(nlp).predict_pairs(PAIRS)


def test_a_pair_that_fails_is_alone(nlp):
    docs = paired_docs(nlp)
    docs[1]._.pair = 7
    seen = []
    last(nlp).set_error_handler(lambda name, pipe, docs, error: seen.append((docs, str(error))))
    done = list(nlp.pipe(docs))
    last(nlp).set_error_handler(spacy.util.raise_error)
    assert done == [docs[0], *docs[2:]] and all(found(doc) for doc in done)
    assert len(seen) == 1 and seen[0][0] == [docs[1]] and "[B451]" in seen[0][1]


def test_pairs_may_be_docs(nlp):
    doc, with_doc = paired_docs(nlp)[0], paired_docs(nlp)[0]
    with_doc._.pair = nlp.make_doc(doc._.pair)
    assert found(nlp(doc)) == found(nlp(with_doc))  # of these texts both make the same pieces
    pair = [(nlp.make_doc(PAIRS[0][0]), nlp.make_doc(PAIRS[0][1]))]
    assert last(nlp).predict_pairs(pair) == last(nlp).predict_pairs(PAIRS[:1])


def test_the_second_text_is_kept_with_the_doc(nlp):
    docs = list(DocBin(docs=paired_docs(nlp), store_user_data=True).get_docs(nlp.vocab))
    assert [doc._.pair for doc in docs] == [second for _, second in PAIRS]


@pytest.mark.parametrize("factory", BOTH)
def test_a_border_gives_the_scores_of_the_pair(bert_folder, factory):
    nlp = make_initialized_pairs(bert_folder, factory, border=BORDER)
    of_pairs = [found(nlp(doc)) for doc in paired_docs(nlp)]
    np.testing.assert_allclose([found(nlp(doc)) for doc in paired_docs(nlp, BORDER)], of_pairs, rtol=1e-5)


@pytest.mark.parametrize("longer", ["first", "second"])
def test_a_long_text_has_several_windows_whichever_it_is(nlp, longer):
    long, short = " ".join(["the president of Germany"] * 20), "Who met ?"
    texts = (long, short) if longer == "first" else (short, long)
    plan = last(nlp).reading([paired_doc(nlp, *texts)]).plan(encoder_of(nlp).shim)
    assert plan.windows.per_doc[0 if longer == "first" else 1] > 3 and plan.windows.per_doc.min() == 0
    assert plan.whole.is_first.all() == (longer == "second")
    # Not the scores of what one window holds.
    cut = tuple(" ".join(text.split()[:20]) for text in texts)
    assert last(nlp).predict_pairs([texts]) != last(nlp).predict_pairs([cut])
    docs = list(nlp.pipe([paired_doc(nlp, *texts), *paired_docs(nlp)]))
    assert [found(docs[0])] == [found(nlp(paired_doc(nlp, *texts)))]


@torch.no_grad()
def test_the_logits_of_a_long_pair_are_the_means_of_its_windows(bert_folder):
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1"}
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1", "encoder": listener}
    encoder = {"window_pieces": 32, "overlap_pieces": 0, "pieces_from": "text"}
    nlp = make_initialized_pairs(bert_folder, encoder=encoder, model=model)
    head = last(nlp)
    # 29 pieces fit, 2 of which are the question's: 27, 27 and 6 of the text's 60.
    parts = [" ".join(["the", "of", "and"] * 9), " ".join(["in", "a", "the"] * 9), "the of and in a the"]
    logits = [head.raw_scores([paired_doc(nlp, part, "a the")])[0] for part in parts]
    found = head.raw_scores([paired_doc(nlp, " ".join(parts), "a the")])[0]
    expected = (27 * logits[0] + 27 * logits[1] + 6 * logits[2]) / 60
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_two_long_texts_are_refused(nlp):
    long = " ".join(["the of"] * 20)
    with raises_code("B450", match="40 pieces"):
        last(nlp).predict_pairs([("a", "b"), (long, long)])
    with raises_code("B450"):
        nlp(paired_doc(nlp, long, long))


# Without Docs


def test_pairs_are_predicted_part_by_part(nlp, monkeypatch):
    whole = last(nlp).predict_pairs(PAIRS)
    sizes = []
    predict = type(last(nlp))._predict_part
    monkeypatch.setattr(
        type(last(nlp)), "_predict_part", lambda self, part: sizes.append(len(part)) or predict(self, part)
    )
    monkeypatch.setattr(head_module, "MOST_PAIRS", 3)
    assert last(nlp).predict_pairs(iter(PAIRS)) == whole and sizes == [3, 1]
    monkeypatch.setattr(head_module, "MOST_CHARACTERS", 10)
    assert last(nlp).predict_pairs(PAIRS) == whole and sizes[2:] == [1] * 4
    assert last(nlp).predict_pairs([]) == []


def test_pairs_leave_no_texts_in_the_vocabulary(nlp):
    last(nlp).predict_pairs([("A text of its own .", "And another one .")])
    nlp(paired_doc(nlp, "the", "And a third one ."))
    assert not {"A text of its own .", "And another one .", "And a third one ."} & set(nlp.vocab.strings)


@pytest.mark.parametrize(
    ("pair", "code"), [(("a", ""), "B452"), (("a",), "B451"), (("a", None), "B451"), ("ab", "B451")]
)
def test_what_is_no_pair_is_refused_by_its_number(nlp, pair, code):
    with raises_code(code, match="pair 5 "):
        last(nlp).predict_pairs([*PAIRS, pair])


# Learning


@pytest.mark.parametrize("factory", BOTH)
def test_examples_with_one_text_are_not_learned(bert_folder, factory):
    nlp = make_initialized_pairs(bert_folder, factory)
    alone = paired_examples(nlp)[:1]
    del alone[0].reference.user_data[("._.", "pair", None, None)]
    assert nlp.update(alone)[factory] == 0
    first, *others = paired_examples(nlp)
    losses = [nlp.update(examples)[factory] for examples in ([first, *others], [*alone, first, *others])]
    assert losses[0] == pytest.approx(losses[1], rel=0.5)


@pytest.mark.parametrize("factory", BOTH)
@pytest.mark.parametrize("border", [None, BORDER])
def test_no_pairs_at_all_are_refused(bert_folder, factory, border):
    nlp = make_initialized_pairs(bert_folder, factory, border=border)
    examples = paired_examples(nlp)
    for eg in examples:
        del eg.reference.user_data[("._.", "pair", None, None)]
    told = "no `border` is set" if border is None else r"none holds the border '\|\|\|'"
    with raises_code("B455", match=f"'{factory}'.*4 Docs.*{told}"):
        nlp.initialize(lambda: examples)


# Explanations


def test_tokens_of_the_doc_are_explained(nlp):
    doc = nlp(paired_docs(nlp)[0])
    explanation = last(nlp).explain(doc)
    assert explanation.tokens == tuple(token.text for token in doc) and np.abs(explanation.scores).min() > 0
    assert explanation.completeness_error < 0.05
    occluded = last(nlp).explain(doc, method="occlusion")
    assert occluded.value == pytest.approx(explanation.value, abs=1e-4)
    assert list(last(nlp).explained_parts(doc)) == [doc] and not last(nlp).explained_parts(nlp.make_doc("one"))


def test_tokens_of_both_texts_are_explained_where_one_doc_holds_them(bert_folder):
    nlp = make_initialized_pairs(bert_folder, border=BORDER)
    doc = nlp(paired_docs(nlp, BORDER)[0])
    scores = dict(zip(range(len(doc)), last(nlp).explain(doc).scores))
    border = [token.text for token in doc].index(BORDER)
    assert scores.pop(border) == 0 and np.abs(list(scores.values())).min() > 0


def test_a_doc_with_one_text_has_nothing_to_explain(nlp):
    with raises_code("B455", match="1 Doc"):
        last(nlp).explain(nlp.make_doc("one text"))
