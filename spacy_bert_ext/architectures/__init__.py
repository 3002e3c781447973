"""Registered builders: config values in, models out. No arithmetic."""

from thinc.api import Model

from ..encoder.model import EncoderModel, bert_encoder
from ..encoder.output import Encoded
from ..encoder.readings import Texts
from ..encoder.settings import EncoderSettings
from ..errors import Errors
from ..heads.huggingface_head import HuggingFaceTextClassifier, HuggingFaceTokenClassifier
from ..heads.language_model import LanguageModel, LanguageModelHead
from ..heads.model import head_model
from ..heads.pooling import DOC_POOLINGS, TOKEN_POOLINGS, check_pooling
from ..heads.question_answerer import QuestionAnswerer, QuestionAnswererModel
from ..heads.sentence_classifier import SentenceClassifier, SentenceClassifierModel
from ..heads.span_classifier import SpanClassifier, SpanClassifierModel
from ..heads.text_classifier import TextClassifier, TextClassifierModel
from ..heads.token_classifier import TokenClassifier, TokenClassifierModel
from ..settings import check_number, check_whole_number
from ..sharing.listener import EncoderListener
from .listeners import build_spacy_transformers_listener_v1, build_tok2vec_listener_v1

__all__ = ["build_spacy_transformers_listener_v1", "build_tok2vec_listener_v1"]

MAX_SENTENCE_LAYERS = 12


def build_bert_encoder_v1(
    name: str,
    revision: str | None = None,
    window_pieces: int = 256,
    overlap_pieces: int = 32,
    precision: str = "auto",
    device: str = "auto",
    backend: str = "torch",
    threads: int | str = "auto",
    freeze: int | str = "none",
    unfreeze_step: int | None = None,
    lora_rank: int = 0,
    lora_alpha: float | None = None,
    gradient_checkpointing: bool = False,
    window_pooling: str = "first",
    pieces_from: str = "tokens",
    context_pieces: int = 0,
) -> EncoderModel:
    """An encoder from a Hugging Face checkpoint. Its weights are loaded by `initialize`, or with a saved pipeline.

    Each argument is a setting of `EncoderSettings`, see there.

    RETURNS (Model[List[Doc], Encoded]): Vectors of pieces (n_pieces, width) and windows (n_windows, width).
    """
    settings = EncoderSettings(
        name=name,
        revision=revision,
        window_pieces=window_pieces,
        overlap_pieces=overlap_pieces,
        precision=precision,
        device=device,
        backend=backend,
        threads=threads,
        freeze=freeze,
        unfreeze_step=unfreeze_step,
        lora_rank=lora_rank,
        lora_alpha=lora_alpha,
        gradient_checkpointing=gradient_checkpointing,
        window_pooling=window_pooling,
        pieces_from=pieces_from,
        context_pieces=context_pieces,
    )
    settings.check()
    return bert_encoder(settings)


def build_encoder_listener_v1(upstream: str = "*") -> Model[Texts, Encoded]:
    """The vectors of the shared encoder; the head's gradient travels back to it.

    upstream (str): Name of the encoder component, or "*" for the nearest one before the head.
    """
    return EncoderListener(upstream)


def build_token_classifier_v1(
    encoder: Model[Texts, Encoded],
    pooling: str = "first",
    dropout: float = 0.1,
    casing: bool = False,
) -> TokenClassifierModel:
    """Tag scores of tokens, for `bert_ner`.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own.
    pooling (str): Which piece vector stands for a token: the "first", the "mean" or the "max" of its pieces.
    dropout (float): In [0, 1), on token vectors in training.
    casing (bool): Whether the head sees how a token and its neighbours are written (lower case, Title, UPPER, letters
        or not): for checkpoints that don't distinguish these. It is spaCy's attributes that tell.
    RETURNS (Model[List[Doc], TagScores]): Logits of all tokens that have pieces: (n_taggable, n_tags).
    """
    check_pooling(pooling, TOKEN_POOLINGS)
    _check_dropout(dropout)
    return head_model(TokenClassifier(pooling=pooling, dropout=dropout, casing=casing), encoder)


def build_text_classifier_v1(
    encoder: Model[Texts, Encoded],
    pooling: str = "mean",
    dropout: float = 0.1,
) -> TextClassifierModel:
    """Category scores of Docs, for `bert_textcat` and `bert_textcat_multilabel`.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own.
    pooling (str): The vector of a Doc, over all of its windows: its "cls" vectors, the "mean" or "max" of its pieces,
        or their mean weighted by a learned "attention". With "pooler", the "cls" vectors pass the checkpoint's pooler,
        of which the head trains a copy.
    dropout (float): In [0, 1), on document vectors in training.
    RETURNS (Model[List[Doc], Tensor]): Logits: (n_docs, n_labels).
    """
    check_pooling(pooling, DOC_POOLINGS)
    _check_dropout(dropout)
    return head_model(TextClassifier(pooling=pooling, dropout=dropout), encoder)


def build_span_classifier_v1(
    encoder: Model[Texts, Encoded],
    pooling: str = "mean",
    hidden: int = 256,
    dropout: float = 0.1,
    casing: bool = False,
) -> SpanClassifierModel:
    """Scores of spans, for `bert_spancat` and `bert_spancat_singlelabel`.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own.
    pooling (str): Which piece vector stands for a token: the "first", the "mean" or the "max" of its pieces.
    hidden (int): 1 or more: units between token vectors and scores of spans.
    dropout (float): In [0, 1), on token vectors and hidden units in training.
    casing (bool): Whether the head sees how a token and its neighbours are written, see `TokenClassifier.v1`.
    RETURNS (Model[List[Doc], SpanScores]): The parts that scores of any span are computed from.
    """
    check_pooling(pooling, TOKEN_POOLINGS)
    check_whole_number("hidden", hidden, 1)
    _check_dropout(dropout)
    return head_model(SpanClassifier(pooling=pooling, hidden=hidden, dropout=dropout, casing=casing), encoder)


def build_question_answerer_v1(encoder: Model[Texts, Encoded], dropout: float = 0.0) -> QuestionAnswererModel:
    """Scores of answers, for `bert_qa`: one linear layer, as `AutoModelForQuestionAnswering` has it.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own, with `window_pooling = "first"`.
    dropout (float): In [0, 1), on vectors in training.
    RETURNS (Model[TextPairs, AnswerScores]): Logits of all pieces of the texts, and of all windows.
    """
    _check_dropout(dropout)
    return head_model(QuestionAnswerer(dropout=dropout), encoder)


def build_language_model_v1(encoder: Model[Texts, Encoded]) -> LanguageModel:
    """Logits of masked pieces, by transformers' own head for the encoder's architecture.

    RETURNS (Model[Reading, MaskedScores]): See `LanguageModelHead`.
    """
    return head_model(LanguageModelHead(), encoder)


def build_sentence_classifier_v1(
    encoder: Model[Texts, Encoded],
    hidden: int = 128,
    n_layers: int = 1,
    n_heads: int = 4,
    dropout: float = 0.2,
    statistics: bool = True,
) -> SentenceClassifierModel:
    """Log odds of sentences, for `bert_summarizer`.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own.
    hidden (int): Width of the transformer over sentences: a multiple of twice `n_heads`.
    n_layers (int): Of that transformer: 0 to 12. With 0, sentences know nothing of each other but their statistics.
    n_heads (int): Of its attention, 1 or more.
    dropout (float): In [0, 1), in training.
    statistics (bool): Whether the head is told how central the words of a sentence are in the text (TF-IDF), its length
        and its place, besides its vector.
    RETURNS (Model[List[Doc], SentenceScores]): Logits: (n_sentences,).
    """
    check_whole_number("hidden", hidden, 1)
    check_whole_number("n_heads", n_heads, 1)
    check_whole_number("n_layers", n_layers, 0)
    check_number("n_layers", n_layers, lambda n: n <= MAX_SENTENCE_LAYERS, f"from 0 to {MAX_SENTENCE_LAYERS}")
    _check_dropout(dropout)
    if hidden % (2 * n_heads):
        raise ValueError(Errors.B469.format(hidden=hidden, n_heads=n_heads, multiple=2 * n_heads))
    head = SentenceClassifier(hidden=hidden, n_layers=n_layers, n_heads=n_heads, dropout=dropout, statistics=statistics)
    return head_model(head, encoder)


def build_huggingface_token_classifier_v1(
    encoder: Model[Texts, Encoded], pooling: str = "first"
) -> TokenClassifierModel:
    """Tag scores by the head that transformers has for the encoder's architecture (`AutoModelForTokenClassification`).

    Heads of imported checkpoints are such; heads that are trained as such can be exported. Dropout is the checkpoint's.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own.
    pooling (str): Which piece vector stands for a token: the "first", the "mean" or the "max" of its pieces.
    RETURNS (Model[List[Doc], TagScores]): Logits of all tokens that have pieces: (n_taggable, n_tags).
    """
    check_pooling(pooling, TOKEN_POOLINGS)
    return head_model(HuggingFaceTokenClassifier(pooling=pooling), encoder)


def build_huggingface_text_classifier_v1(encoder: Model[Texts, Encoded]) -> TextClassifierModel:
    """Category scores by the head that transformers has for the encoder's architecture
    (`AutoModelForSequenceClassification`), averaged over the windows of a long Doc.

    Heads of imported checkpoints are such; heads that are trained as such can be exported. Dropout is the checkpoint's.

    encoder (Model): An EncoderListener.v1, or a BertEncoder.v1 of the head's own.
    RETURNS (Model[List[Doc], Tensor]): Logits: (n_docs, n_labels).
    """
    return head_model(HuggingFaceTextClassifier(), encoder)


def _check_dropout(dropout: float) -> None:
    check_number("dropout", dropout, lambda x: 0 <= x < 1, "from 0 up to below 1")
