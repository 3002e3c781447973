"""The rules of spaCy's sentencizer, on arrays."""

import numpy as np
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.attrs import IS_PUNCT, ORTH
from spacy.pipeline import Sentencizer
from spacy.tokens import Doc

from spacy_bert_ext.training.raw_texts.sentences import sentence_starts

NLP = spacy.blank("en")
WORDS = st.lists(st.sampled_from(["a", "b", ".", "!", ",", ")", '"', "。", " ", "..."]), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_sentences_begin_where_spacys_do(texts: list[list[str]]) -> None:
    docs = [Doc(NLP.vocab, words=words) for words in texts]
    expected = [token.is_sent_start for doc in docs for token in Sentencizer()(doc)]
    arrays = np.concatenate([doc.to_array([ORTH, IS_PUNCT]) for doc in docs])
    text_starts = np.cumsum([0, *map(len, docs[:-1])])
    assert sentence_starts(arrays[:, 0], arrays[:, 1].astype(bool), text_starts).tolist() == expected
