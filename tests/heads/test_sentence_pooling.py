"""Means of pieces, over any windows."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.encoder.output import EncodedLongDoc
from spacy_bert_ext.heads.sentence_pooling import pool_sentences
from spacy_bert_ext.pieces.sentences import sentences_of
from tests.heads.sentence_docs import docs
from tests.tiny import make_encoder


@pytest.mark.parametrize("window_pieces", [128, 9])
def test_a_sentence_is_the_mean_of_its_pieces(bert_folder: str, window_pieces: int) -> None:
    encoder = make_encoder(bert_folder, window_pieces=window_pieces)
    texts = docs()
    encoded, sentences = encoder.predict(texts), sentences_of(texts, "summarizer")
    ends = np.cumsum(encoded.pieces.per_token)
    starts = ends - encoded.pieces.per_token
    expected = [
        encoded.piece_vectors[starts[first] : ends[last]].mean(dim=0)
        for first, last in zip(sentences.first.tolist(), sentences.last.tolist())
    ]
    assert len(expected) == 8
    torch.testing.assert_close(pool_sentences(encoded, sentences), torch.stack(expected))


def test_vectors_do_not_depend_on_the_company(encoder) -> None:
    texts = docs()
    together = pool_sentences(encoder.predict(texts), sentences_of(texts, "summarizer"))
    alone = [pool_sentences(encoder.predict([doc]), sentences_of([doc], "summarizer")) for doc in texts]
    assert torch.equal(together, torch.cat(alone))


def test_parts_of_a_long_doc_may_cut_a_sentence(encoder) -> None:
    doc = docs()[0]
    encoded, sentences = encoder.predict([doc]), sentences_of([doc], "summarizer")
    whole = pool_sentences(encoded, sentences)
    pieces, cut = encoded.pieces, 7
    n_pieces = int(pieces.per_token[:cut].sum())

    def part(tokens: slice, of_pieces: slice):
        own = pieces._replace(
            ids=pieces.ids[of_pieces],
            per_token=pieces.per_token[tokens],
            taggable=pieces.taggable[tokens],
            tokens=pieces.tokens[tokens],
        )
        return type(encoded)(
            encoded.piece_vectors[of_pieces],
            encoded.window_vectors,
            pieces=own,
            windows_per_doc=encoded.windows_per_doc,
            pieces_per_window=encoded.pieces_per_window,
        )

    def parts():
        yield part(slice(None, cut), slice(None, n_pieces))
        yield part(slice(cut, None), slice(n_pieces, None))

    long = EncodedLongDoc(pieces, encoded.device, encoded.width, parts)
    torch.testing.assert_close(pool_sentences(long, sentences), whole)
