"""Copies of a Doc on a small encoder, whose score is a sum over vectors."""

import torch

from spacy_bert_ext.encoder.model import encode_docs, plan_for
from spacy_bert_ext.encoder.readings import doc_tokens_of
from spacy_bert_ext.encoder.shim import own_copy
from spacy_bert_ext.explanation.copies import Copies
from spacy_bert_ext.explanation.doc_pieces import pieces_of_tokens, windows_of
from spacy_bert_ext.explanation.explained import Explained
from spacy_bert_ext.explanation.twin import Twin
from spacy_bert_ext.heads.model import Head
from tests.tiny import make_docs, make_encoder


class Vectors(Head):
    """Gives what it is given."""

    name = "vectors"

    def new_module(self, width, n_outputs):
        raise NotImplementedError

    def scores(self, module, docs, encoded, *, is_train):
        return encoded

    def tensors(self, scores):
        raise NotImplementedError


def score(encoded):
    """Of each Doc, a sum of its pieces' vectors that is not linear in them."""
    parts = encoded.piece_vectors.split(encoded.pieces.per_doc.tolist())
    return torch.stack([part[:, :4].tanh().sum() for part in parts])


def make_copies(folder, text, *, reads=None, **settings):
    model = make_encoder(folder, **settings)
    (doc,) = make_docs(text)
    batches = plan_for(model, [doc])
    pieces = pieces_of_tokens(batches.pieces, doc_tokens_of([doc]), len(doc))
    copies = Copies(
        [doc],
        batches,
        encode_docs(model, [doc]),
        pieces,
        head=Vectors(),
        module=None,
        explained=Explained("label", "score", score),
        windows=windows_of(batches, pieces, reads),
        window_pooling="first",
    )
    return copies, model.shims[0]


def make_twin(shim):
    return Twin(own_copy(shim), "head")
