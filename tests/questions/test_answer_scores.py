"""What scores of pieces are for tokens."""

import numpy as np
import torch

from spacy_bert_ext.questions.answer_scores import concatenated, no_scores
from tests.losses.scored import ints
from tests.questions.scored import two_pairs


def test_answers_begin_and_end_at_the_borders_of_tokens_with_pieces():
    tokens = two_pairs().of_tokens()
    assert tokens.start.tolist() == [1.0, -np.inf, 3.0, 0.5]
    assert tokens.end.tolist() == [2.0, -np.inf, 4.0, 0.25]
    assert tokens.null.tolist() == [1.0, 8.0]  # the lowest of all windows
    assert tokens.per_pair.tolist() == [3, 1]


def test_a_last_token_without_pieces():
    scores = two_pairs()
    scores = concatenated([scores], scores.pairs_per_doc)
    per_token = ints(3, 0, 1, 0)
    object.__setattr__(scores, "pieces_per_token", per_token)
    object.__setattr__(scores, "taggable", per_token > 0)
    tokens = scores.of_tokens()
    assert tokens.start.tolist() == [1.0, -np.inf, 0.5, -np.inf]
    assert tokens.end.tolist() == [4.0, -np.inf, 0.25, -np.inf]


def test_parts_one_after_the_other():
    both = concatenated([two_pairs(), two_pairs()], ints(3, 1))
    assert both.n_pairs == 4 and both.pairs_per_doc.tolist() == [3, 1]
    assert both.token_starts.tolist() == [0, 3, 4, 7]
    assert both.first_pieces.tolist() == [0, 2, 2, 3, 4, 6, 6, 7]
    assert torch.equal(both.pieces[4:], two_pairs().pieces)
    assert both.of_tokens().null.tolist() == [1.0, 8.0, 1.0, 8.0]


def test_nothing_is_asked():
    scores = no_scores(ints(0, 0))
    assert scores.n_pairs == 0 and len(scores.of_tokens().start) == 0
