"""The CRF against a sum over all sequences."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.tagging.crf import Potentials, best_paths, log_partition, pass_messages, time_major
from spacy_bert_ext.tagging.segments import whole
from spacy_bert_ext.tagging.tags import all_tags
from tests.tagging.brute import forbid, random_potentials, sequences_of, weights_of

LENGTHS = [[1], [4], [3, 0, 1, 4, 2, 0], [0, 0, 2], [2, 2, 2], [1, 1, 3]]


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make(lengths: list[int], forbidden: bool, seed: int = 0) -> Potentials:
    torch.manual_seed(seed)
    potentials = random_potentials(sum(lengths), 5)
    return forbid(potentials, all_tags(1, "BILUO").allowed) if forbidden else potentials


def best_path(potentials: Potentials, *lengths: int) -> torch.Tensor:
    return best_paths(potentials, time_major(whole(ints(*lengths)))).tags


def marginals_of(potentials: Potentials, lengths: list[int]) -> torch.Tensor:
    plan = time_major(whole(ints(*lengths)))
    messages = pass_messages(potentials, plan)
    return torch.empty_like(messages.forward).index_copy_(
        0, torch.from_numpy(plan.order), messages.forward * messages.backward
    )


def test_time_major_order_by_hand():
    # Sequence 0: a b; 1: nothing; 2: c d e; 3: f      rows 0 1 | 2 3 4 | 5
    # First tags of the longest sequence first: c a f, then d b, then e.
    plan = time_major(whole(ints(2, 0, 3, 1)))
    assert plan.order.tolist() == [2, 0, 5, 3, 1, 4]
    assert plan.starts.tolist() == [0, 3, 5, 6]
    assert plan.last_rows.tolist() == [5, 4, 2]


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_the_log_partition_is_the_sum_over_all_sequences(lengths, forbidden):
    potentials = make(lengths, forbidden)
    expected = sum(np.log(sum(weights_of(one).values())) for one in sequences_of(potentials, lengths))
    assert log_partition(potentials, ints(*lengths)).item() == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_marginals_are_sums_over_all_sequences(lengths, forbidden):
    potentials = make(lengths, forbidden)
    expected = []
    for one in sequences_of(potentials, lengths):
        weights = weights_of(one)
        sums = np.zeros(one.emissions.shape)
        for tags, weight in weights.items():
            sums[np.arange(len(tags)), tags] += weight
        expected.append(sums / sum(weights.values()))
    found = marginals_of(potentials, lengths)
    torch.testing.assert_close(found, torch.from_numpy(np.concatenate(expected)), atol=1e-10, rtol=0)


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("seed", range(5))
def test_the_best_path_has_the_highest_weight_of_all_sequences(lengths, forbidden, seed):
    potentials = make(lengths, forbidden, seed)
    expected = [max(w := weights_of(one), key=w.get) for one in sequences_of(potentials, lengths)]
    assert best_path(potentials, *lengths).tolist() == [tag for tags in expected for tag in tags]


@pytest.mark.parametrize("lengths", [[3, 0, 1, 4, 2, 0], [1]])
def test_gradients_of_the_log_partition(lengths):
    potentials = [tensor.requires_grad_() for tensor in make(lengths, forbidden=False)]
    assert torch.autograd.gradcheck(lambda *p: log_partition(Potentials(*p), ints(*lengths)), potentials)


def test_gradients_of_the_log_partition_with_forbidden_pairs():
    potentials = [tensor.requires_grad_() for tensor in make([3, 1, 2], forbidden=False)]

    def ruled(*free: torch.Tensor) -> torch.Tensor:
        return log_partition(forbid(Potentials(*free), all_tags(1, "BILUO").allowed), ints(3, 1, 2))

    assert torch.autograd.gradcheck(ruled, potentials)


def test_gradients_of_the_log_partition_with_excluded_tags():
    # As for partial annotation: emissions of -inf.
    potentials = [tensor.requires_grad_() for tensor in make([3, 2], forbidden=False)]
    excluded = torch.zeros(5, 5, dtype=torch.bool)
    excluded[1, 1:] = excluded[4, :3] = True

    def consistent(emissions: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        return log_partition(Potentials(emissions.masked_fill(excluded, -torch.inf), *others), ints(3, 2))

    assert torch.autograd.gradcheck(consistent, potentials)


@pytest.mark.parametrize("lengths", [[], [0], [0, 0, 0]])
def test_nothing_to_tag_weighs_nothing(lengths):
    potentials = Potentials(*(tensor.requires_grad_() for tensor in random_potentials(0, 5)))
    total = log_partition(potentials, ints(*lengths))
    assert total.item() == 0
    total.backward()
    assert not any(tensor.grad.any() for tensor in potentials)
    assert best_path(potentials, *lengths).tolist() == []


def test_the_order_of_sequences_makes_no_difference():
    potentials = make([2, 3], forbidden=True)
    turned = Potentials(torch.cat([potentials.emissions[2:], potentials.emissions[:2]]), *potentials[1:])
    assert log_partition(potentials, ints(2, 3)).item() == pytest.approx(log_partition(turned, ints(3, 2)).item())
    path, turned_path = best_path(potentials, 2, 3).tolist(), best_path(turned, 3, 2).tolist()
    assert path == turned_path[3:] + turned_path[:3]


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_scores_far_from_zero_neither_overflow_nor_vanish(shift):
    potentials = make([4, 2], forbidden=True)
    shifted = Potentials(potentials.emissions + shift, *potentials[1:])
    expected = log_partition(potentials, ints(4, 2)).item() + 6 * shift
    assert log_partition(shifted, ints(4, 2)).item() == pytest.approx(expected, rel=1e-12)
    torch.testing.assert_close(marginals_of(shifted, [4, 2]), marginals_of(potentials, [4, 2]), atol=1e-9, rtol=0)


@pytest.mark.parametrize("dtype, n_tokens, tolerance", [(torch.float64, 100_000, 1e-9), (torch.float32, 20_000, 1e-3)])
def test_long_docs_are_finite_and_right(dtype, n_tokens, tolerance):
    # Without scores of pairs, tags are independent: everything is known in closed form.
    emissions = 3 * torch.randn(n_tokens, 5, dtype=dtype)
    zeros = torch.zeros(5, dtype=dtype)
    potentials = Potentials(emissions.requires_grad_(), zeros, zeros, torch.zeros(5, 5, dtype=dtype))
    total = log_partition(potentials, ints(n_tokens))
    assert total.item() == pytest.approx(emissions.double().logsumexp(1).sum().item(), rel=tolerance)
    total.backward()
    torch.testing.assert_close(emissions.grad, emissions.detach().softmax(1), atol=tolerance, rtol=0)
    with torch.no_grad():
        assert torch.equal(best_path(potentials, n_tokens), emissions.argmax(1))


def test_a_long_doc_keeps_to_the_allowed_transitions():
    allowed = all_tags(2, "BILUO").allowed
    potentials = forbid(random_potentials(20_000, 9, dtype=torch.float32), allowed)
    tags = best_path(potentials, 20_000).numpy()
    assert allowed.between[tags[:-1], tags[1:]].all()
    assert allowed.start[tags[0]] and allowed.end[tags[-1]]
    assert len(np.unique(tags)) == 9
