"""What stays on Docs besides what heads read."""

import torch

from spacy_bert_ext import with_context
from spacy_bert_ext.encoder.model import (
    encode_docs,
)
from tests.encoder.peer import SENTENCES, Peer
from tests.tiny import make_docs, make_encoder, without_dropout


def test_means_of_a_window_leave_its_context_out(any_folder):
    docs = make_docs(SENTENCES[0], "", SENTENCES[1])
    list(with_context([docs]))
    model = make_encoder(any_folder, context_pieces=6, window_pooling="mean")
    first, empty, last = ([*model.shims[0].loaded.tokenize([doc]).ids.tolist()] for doc in docs)
    peer = Peer(any_folder)
    hidden = [peer.hidden(first + last[:6]), peer.hidden(first[-3:] + last[:3]), peer.hidden(first[-6:] + last)]
    own = [[*range(len(first) + 1), -1], [0, -1], [0, *range(7, len(last) + 8)]]
    expected = torch.stack([h[places].mean(0) for h, places in zip(hidden, own)])
    assert not empty
    encoded = encode_docs(model, docs, mean_layers=(-1,))
    torch.testing.assert_close(encoded.window_vectors, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.for_docs.window_means, expected, atol=1e-5, rtol=0)
    without_dropout(model)
    torch.testing.assert_close(model.begin_update(docs)[0].window_vectors, expected, atol=1e-5, rtol=0)
