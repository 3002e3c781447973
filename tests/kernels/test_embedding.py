"""The kept gradient is the one that torch would make anew."""

import copy

import pytest
import torch
from torch import nn

from spacy_bert_ext.kernels.embedding import PieceEmbedding, use_piece_embedding
from tests.tiny import make_docs, make_encoder

DOCS = make_docs("the president of Germany met the chancellor", "Berlin met the Berlin")


@pytest.mark.parametrize("padding_idx", [None, 2])
def test_gradients_are_those_of_a_plain_embedding(padding_idx):
    plain = nn.Embedding(7, 3, padding_idx=padding_idx)
    kept = PieceEmbedding.sharing(copy.deepcopy(plain))
    for ids in (torch.tensor([[1, 2, 1], [5, 2, 0]]), torch.tensor([[6, 6, 6]])):
        memory = kept._zeros
        for _ in range(2):  # two batches of one step add up
            for embedding in (plain, kept):
                (embedding(ids) * torch.arange(1.0, 4)).pow(2).sum().backward()
        torch.testing.assert_close(kept.weight.grad, plain.weight.grad)
        assert memory is None or kept.weight.grad is memory
        plain.weight.grad = None
        kept.clear_gradient()
        assert kept.weight.grad is None
        assert not kept._zeros.any()


def test_a_weight_that_is_tied_to_a_projection_gets_both_gradients():
    plain = nn.Embedding(7, 3)
    kept = PieceEmbedding.sharing(copy.deepcopy(plain))
    kept.is_tied = True
    ids, vectors = torch.tensor([[1, 2, 1], [5, 2, 0]]), torch.randn(4, 3)
    for order in ((True, False), (False, True), (True, False)):
        for is_look_up in order:
            for embedding in (plain, kept):
                output = embedding(ids) * 2 if is_look_up else vectors @ embedding.weight.T
                output.pow(2).sum().backward()
        torch.testing.assert_close(kept.weight.grad, plain.weight.grad)
        plain.weight.grad = None
        kept.clear_gradient()
        assert kept.weight.grad is None and kept._zeros is None


def test_a_gradient_that_was_dropped_leaves_nothing_behind():
    embedding = PieceEmbedding.sharing(nn.Embedding(4, 2))
    embedding(torch.tensor([[1]])).sum().backward()
    embedding.weight.grad = None
    embedding(torch.tensor([[2]])).sum().backward()
    assert embedding.weight.grad.tolist() == [[0, 0], [0, 0], [1, 1], [0, 0]]
    embedding.clear_gradient()
    assert not embedding._zeros.any()


def test_frozen_weights_get_no_gradient():
    embedding = PieceEmbedding.sharing(nn.Embedding(4, 2))
    embedding.weight.requires_grad_(False)
    assert not embedding(torch.tensor([[1]])).requires_grad


def test_copies_share_no_gradient():
    embedding = PieceEmbedding.sharing(nn.Embedding(4, 2))
    embedding(torch.tensor([[1]])).sum().backward()
    embedding.clear_gradient()
    other = copy.deepcopy(embedding)
    assert other._zeros is None
    other(torch.tensor([[1]])).sum().backward()
    assert not embedding._zeros.any()


def test_every_architecture_gets_one_and_learns_the_same(any_folder):
    model = make_encoder(any_folder)
    module = model.shims[0].module
    assert isinstance(module.get_input_embeddings(), PieceEmbedding)
    plain = make_encoder(any_folder)
    plain_module = plain.shims[0].module
    plain_module.set_input_embeddings(
        nn.Embedding.from_pretrained(
            plain_module.get_input_embeddings().weight.data.clone(),
            freeze=False,
            padding_idx=plain_module.get_input_embeddings().padding_idx,
        )
    )
    gradients = []
    for one in (model, plain):
        one.shims[0].module.eval()
        encoded, backprop = one.begin_update(DOCS)
        encoded.piece_vectors.pow(2).sum().backward()
        backprop(None)
        gradients.append(one.shims[0].module.get_input_embeddings().weight.grad)
    assert gradients[0].any()
    torch.testing.assert_close(*gradients)


def test_embeddings_of_another_kind_stay():
    module = nn.Sequential(nn.Embedding(3, 2, max_norm=1.0), nn.Embedding(3, 2))
    use_piece_embedding(module, module[0])
    assert [type(part) for part in module] == [nn.Embedding, nn.Embedding]
    use_piece_embedding(module, module[1])
    assert [type(part) for part in module] == [nn.Embedding, PieceEmbedding]


def test_a_weight_that_is_used_elsewhere_too_keeps_its_embedding():
    module = nn.ModuleDict({"embedding": nn.Embedding(3, 2), "output": nn.Linear(2, 3)})
    module["output"].weight = module["embedding"].weight
    use_piece_embedding(module, module["embedding"])
    assert type(module["embedding"]) is nn.Embedding
