"""Listeners between libraries: heads of spaCy's on our encoder, and ours on that of spacy-transformers."""

import math

from thinc.api import Model

from ..encoder.output import Encoded
from ..encoder.readings import Texts
from ..heads.pooling import TOKEN_POOLINGS, check_pooling
from ..interop.tok2vec_listener import Tok2VecModel, tok2vec
from ..interop.transformer_vectors import TransformerVectorsModel, transformer_vectors
from ..settings import check_number
from ..sharing.listener import EncoderListener


def build_spacy_transformers_listener_v1(upstream: str = "*", grad_factor: float = 1.0) -> TransformerVectorsModel:
    """The vectors of spacy-transformers' `transformer`, as `encoder` of our heads; gradients travel back to it.

    upstream (str): Name of the `transformer` component, or "*" for any.
    grad_factor (float): 0 or more. Factor of the head's gradient. Our losses are means, those of spaCy's heads sums
        over tokens: to weigh alike beside them takes a factor of about the tokens in a batch.
    RETURNS (Model[List[Doc], EncodedDocs]): Vectors of pieces (n_pieces, width) and windows (n_windows, width).
    RAISES (ImportError): spacy-transformers is not installed.
    """
    _check_grad_factor(grad_factor)
    return transformer_vectors(upstream, grad_factor)


def build_tok2vec_listener_v1(
    upstream: str = "*",
    pooling: str = "mean",
    grad_factor: float = 1.0,
    encoder: Model[Texts, Encoded] | None = None,
) -> Tok2VecModel:
    """Token vectors of the shared encoder, as `tok2vec` of spaCy's own heads; their gradients travel back to it.

    upstream (str): Name of the encoder component, or "*" for the nearest one before the head.
    pooling (str): Which piece vector stands for a token: the "first", the "mean" or the "max" of its pieces.
    grad_factor (float): 0 or more. How much the head's loss, taken as a mean over tokens, weighs in the encoder.
    encoder (Model): A BertEncoder.v1 of the head's own; null to listen to `upstream`. This is where
        `nlp.replace_listeners("bert_encoder", "tagger", ["model.tok2vec"])` puts it.
    RETURNS (Model[List[Doc], List[Floats2d]]): Per Doc, one row per token, zeros without pieces: (n_tokens, width).
    """
    check_pooling(pooling, TOKEN_POOLINGS)
    _check_grad_factor(grad_factor)
    return tok2vec(EncoderListener(upstream) if encoder is None else encoder, pooling, grad_factor)


def _check_grad_factor(grad_factor: float) -> None:
    check_number("grad_factor", grad_factor, lambda x: 0 <= x < math.inf, "0 or more")
