"""Vectors that are filled in batch by batch."""

from types import SimpleNamespace

import torch

from spacy_bert_ext.encoder.plan import plan_docs
from spacy_bert_ext.encoder.shim import encoder_shim_of
from spacy_bert_ext.encoder.vectors import Vectors
from tests.tiny import WIDTH, make_docs, make_encoder


def test_vectors_of_a_batch_go_to_the_places_of_their_pieces(bert_folder: str) -> None:
    shim = encoder_shim_of(make_encoder(bert_folder))
    batches = plan_docs(shim, make_docs("the", "the the", "the the the"))
    vectors = Vectors(shim, torch.float32, first_window=0, n_windows=3, pieces=slice(0, 6), mean_layers=None)
    for windows in ([2, 1], [0]):
        batch = batches.make(batches.windows.per_doc.cumsum()[windows] - 1)
        # Each vector tells its window, and its place in it: 0 is the [CLS].
        hidden = torch.tensor([[10.0 * window + place for place in range(batch.ids.shape[1])] for window in windows])
        vectors.add(batch, SimpleNamespace(last_hidden_state=hidden[:, :, None].expand(-1, -1, WIDTH)))
    of_pieces, of_windows, layer_means = vectors.all()
    assert of_pieces[:, 0].tolist() == [1, 11, 12, 21, 22, 23]
    assert of_windows.shape == (3, WIDTH) and layer_means is None
