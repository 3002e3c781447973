"""Factories and their default settings.

`spacy.blank()` imports this module, so everything that needs torch or transformers is imported inside the functions.
"""

from collections.abc import Callable

from spacy.language import Language
from thinc.api import Config, Model

DEFAULT_BERT_ENCODER = """
[components.bert_encoder]
factory = "bert_encoder"
max_batch_pieces = 8192
keep = "none"

[components.bert_encoder.model]
@architectures = "spacy-bert-ext.BertEncoder.v1"
name = "bert-base-cased"
revision = null
window_pieces = 256
overlap_pieces = 32
precision = "auto"
device = "auto"
freeze = "none"
gradient_checkpointing = false
"""

DEFAULT_BERT_NER = """
[components.bert_ner]
factory = "bert_ner"
decoder = "crf"
overwrite = false

[components.bert_ner.model]
@architectures = "spacy-bert-ext.TokenClassifier.v1"
pooling = "first"
dropout = 0.1

[components.bert_ner.model.encoder]
@architectures = "spacy-bert-ext.EncoderListener.v1"
upstream = "*"

[components.bert_ner.scorer]
@scorers = "spacy.ner_scorer.v1"
"""

DEFAULT_BERT_TEXTCAT = """
[components.bert_textcat]
factory = "bert_textcat"
threshold = 0.0

[components.bert_textcat.model]
@architectures = "spacy-bert-ext.TextClassifier.v1"
pooling = "mean"
dropout = 0.1

[components.bert_textcat.model.encoder]
@architectures = "spacy-bert-ext.EncoderListener.v1"
upstream = "*"

[components.bert_textcat.scorer]
@scorers = "spacy.textcat_scorer.v2"
"""

DEFAULT_BERT_TEXTCAT_MULTILABEL = """
[components.bert_textcat_multilabel]
factory = "bert_textcat_multilabel"
threshold = 0.5

[components.bert_textcat_multilabel.model]
@architectures = "spacy-bert-ext.TextClassifier.v1"
pooling = "mean"
dropout = 0.1

[components.bert_textcat_multilabel.model.encoder]
@architectures = "spacy-bert-ext.EncoderListener.v1"
upstream = "*"

[components.bert_textcat_multilabel.scorer]
@scorers = "spacy.textcat_multilabel_scorer.v2"
"""

CATS_SCORE_WEIGHTS = {
    "cats_score": 1.0,
    "cats_score_desc": None,
    "cats_micro_p": None,
    "cats_micro_r": None,
    "cats_micro_f": None,
    "cats_macro_p": None,
    "cats_macro_r": None,
    "cats_macro_f": None,
    "cats_macro_auc": None,
    "cats_f_per_type": None,
}


def _settings(text: str) -> dict:
    """The one component's settings, as `Language.factory` takes them."""
    (settings,) = Config().from_str("[components]\n" + text)["components"].values()
    return {name: value for name, value in settings.items() if name != "factory"}


@Language.factory("bert_encoder", assigns=["doc._.bert"], default_config=_settings(DEFAULT_BERT_ENCODER))
def make_bert_encoder(nlp: Language, name: str, model: Model, max_batch_pieces: int, keep: str):
    """The shared encoder; see `BertEncoder`."""
    from .bert_encoder import BertEncoder

    return BertEncoder(nlp.vocab, model, name, max_batch_pieces=max_batch_pieces, keep=keep)


@Language.factory(
    "bert_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "span._.score"],
    default_config=_settings(DEFAULT_BERT_NER),
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_bert_ner(nlp: Language, name: str, model: Model, decoder: str, overwrite: bool, scorer: Callable | None):
    """Entities; see `BertNER`."""
    from .bert_ner import BertNER

    return BertNER(nlp.vocab, model, name, decoder=decoder, overwrite=overwrite, scorer=scorer)


@Language.factory(
    "bert_textcat",
    assigns=["doc.cats"],
    default_config=_settings(DEFAULT_BERT_TEXTCAT),
    default_score_weights=CATS_SCORE_WEIGHTS,
)
def make_bert_textcat(nlp: Language, name: str, model: Model, threshold: float, scorer: Callable | None):
    """Categories of which one holds; see `BertTextCategorizer`."""
    from .bert_textcat import BertTextCategorizer

    return BertTextCategorizer(nlp.vocab, model, name, threshold=threshold, scorer=scorer)


@Language.factory(
    "bert_textcat_multilabel",
    assigns=["doc.cats"],
    default_config=_settings(DEFAULT_BERT_TEXTCAT_MULTILABEL),
    default_score_weights=CATS_SCORE_WEIGHTS,
)
def make_bert_textcat_multilabel(nlp: Language, name: str, model: Model, threshold: float, scorer: Callable | None):
    """Categories that hold independently; see `BertMultilabelTextCategorizer`."""
    from .bert_textcat import BertMultilabelTextCategorizer

    return BertMultilabelTextCategorizer(nlp.vocab, model, name, threshold=threshold, scorer=scorer)
