"""How tokens are written, as numbers."""

import spacy
import torch
from spacy.tokens import Doc

from spacy_bert_ext.heads.casing import N_CASES, N_PLACES, NO_TOKEN, CasedModule, cases_of, parts_of_cases

NLP = spacy.blank("en")
LOWER, UPPER, TITLE, ALPHA = 1, 2, 4, 8
STEP = NO_TOKEN + 1  # from one place to the next


def make_doc(*words: str) -> Doc:
    return Doc(NLP.vocab, words=list(words))


def test_a_token_is_lower_upper_title_letters_or_none_of_these():
    words = ["london", "LONDON", "London", "McDonald", "A", "7", "b2", "C3", ","]
    here = cases_of([make_doc(*words)])[:, 1] - STEP
    expected = [LOWER + ALPHA, UPPER + ALPHA, TITLE + ALPHA, ALPHA, UPPER + TITLE + ALPHA, 0, LOWER, UPPER + TITLE, 0]
    assert here.tolist() == expected


def test_neighbours_are_those_of_the_same_doc():
    cases = cases_of([make_doc("the", "UN"), make_doc(), make_doc("Rome")])
    lower, upper, title = LOWER + ALPHA, UPPER + ALPHA, TITLE + ALPHA
    assert cases.tolist() == [
        [NO_TOKEN, STEP + lower, 2 * STEP + upper],
        [lower, STEP + upper, 2 * STEP + NO_TOKEN],
        [NO_TOKEN, STEP + title, 2 * STEP + NO_TOKEN],
    ]
    assert cases.max() < N_CASES


def test_docs_without_tokens_have_no_cases():
    assert cases_of([]).shape == cases_of([make_doc()]).shape == (0, 3)


def test_new_vectors_change_nothing():
    module = CasedModule()
    vectors, cases = torch.ones(3, 4), torch.zeros((3, N_PLACES), dtype=torch.int64)
    for casing in (False, True):
        module.start_casing(4, casing)
        assert torch.equal(module.with_casing(vectors, cases), vectors)
    assert module.casing.shape == (N_CASES, 4)


def test_parts_have_their_rows_of_the_cases():
    parts = [torch.zeros(2, 4), torch.zeros(0, 4), torch.zeros(3, 4)]
    cases = torch.arange(5)[:, None].expand(5, N_PLACES)
    found = [(len(part), rows[:, 0].tolist()) for part, rows in parts_of_cases(parts, cases)]
    assert found == [(2, [0, 1]), (0, []), (3, [2, 3, 4])]
