"""Heads around an encoder of their own."""

import spacy

from spacy_bert_ext.architectures import build_text_classifier_v1, build_token_classifier_v1
from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.heads.token_classifier import token_head_of
from tests.tiny import make_docs

NLP = spacy.blank("en")  # whose words know how they are written
DOCS = make_docs("the president of Germany", "", "Berlin")


def make_tagger(encoder: EncoderModel, *, crf: bool, pooling: str = "mean", dropout: float = 0.0, casing: bool = False):
    model = build_token_classifier_v1(encoder, pooling, dropout, casing)
    token_head_of(model).crf = crf
    model.set_dim("nO", 5)
    model.initialize()
    return model


def make_categorizer(encoder: EncoderModel, pooling: str = "mean", dropout: float = 0.0):
    model = build_text_classifier_v1(encoder, pooling, dropout)
    model.set_dim("nO", 3)
    model.initialize()
    return model
