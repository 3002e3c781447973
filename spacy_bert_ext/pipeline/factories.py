"""Factories and their default settings, commented: `spacy bert init-config` writes the same blocks.

`spacy.blank()` imports this module, so everything that needs torch or transformers is imported inside the functions.
"""

from collections.abc import Callable

from spacy.language import Language
from thinc.api import Config, Model

DEFAULT_BERT_ENCODER = """
# One encoder for all heads: each batch passes it once, in training and in prediction.
[components.bert_encoder]
factory = "bert_encoder"
# Padded pieces (subwords) that are encoded at once in prediction. Lower it if memory is short.
max_batch_pieces = 8192
# "none" leaves only annotations on the Doc; "tokens" sets doc._.bert and the vectors of Doc, Span and Token.
keep = "none"
# Layers whose mean these vectors are: 0 is the embeddings, -1 the last layer, [-4, -3, -2, -1] the last four.
layers = [-1]

[components.bert_encoder.model]
@architectures = "spacy-bert-ext.BertEncoder.v1"
# Folder, or name on the Hugging Face hub.
name = "bert-base-cased"
# Branch, tag or commit on the hub; null for the main branch.
revision = null
# Pieces that the encoder sees at once, and how many of them neighbouring windows of a long Doc share.
window_pieces = 256
overlap_pieces = 32
# "auto": bf16 where the device computes it natively. Else "fp32", "bf16" or "fp16". Saved weights are fp32.
precision = "auto"
# "auto", "cpu", "cuda:0" or "mps".
device = "auto"
# What keeps its weights in training: "none", "embeddings", "all", or a number of lowest layers.
freeze = "none"
# Step after which everything learns; null to keep frozen what is.
unfreeze_step = null
# Above 0, LoRA: the weights stay, attention and feed-forward learn corrections of this rank (8 is usual). Needs `peft`,
# and 5 to 10 times the learning rate.
lora_rank = 0
# Corrections are multiplied by lora_alpha / lora_rank; null for twice the rank.
lora_alpha = null
# true computes activations twice, to save memory in training.
gradient_checkpointing = false
# What "cls" pooling and heads of transformers read of a window: "first" piece, or "mean" of all.
window_pooling = "first"
# "tokens": each of spaCy's tokens is cut into pieces by itself. "text": the text is, as it stands.
pieces_from = "tokens"
# Pieces of neighbouring sentences that a window sees besides its Doc's, 0 for none; Docs must be told of them.
context_pieces = 0
"""

DEFAULT_BERT_NER = """
# Entities: sets doc.ents and span._.score.
[components.bert_ner]
factory = "bert_ner"
# "crf" learns which tags follow each other, "constrained" only rules out impossible ones, "greedy" neither.
decoder = "crf"
# Tags of entities: "BILUO", "BIO", "IOB1" or "IO".
scheme = "BILUO"
# Entities with a lower score, from 0 to 1, are dropped: more of those left are right, fewer are found.
min_score = 0.0
# false keeps entities that a Doc already has.
overwrite = false
# Weights of the classes in the loss: null, "balanced", or a table such as {"PERSON": 2.0, "O": 0.5}.
class_weights = null
# Share of the truth that all possible answers get alike, from 0 to below 1.
label_smoothing = 0.0
# 0 or more: how much what is predicted well already counts less (focal loss; 2 is usual).
focal_gamma = 0.0
# Above 0: factor of this head's loss, beside those of others on the encoder.
loss_weight = 1.0

[components.bert_ner.scorer]
@scorers = "spacy.ner_scorer.v1"

[components.bert_ner.model]
@architectures = "spacy-bert-ext.TokenClassifier.v1"
# Which piece stands for a token: "first", or the "mean" or "max" of all its pieces.
pooling = "first"
dropout = 0.1
# true: the head also sees how tokens are written (lower case, Title, UPPER), which uncased checkpoints don't tell.
casing = false

[components.bert_ner.model.encoder]
@architectures = "spacy-bert-ext.EncoderListener.v1"
upstream = "*"
"""

DEFAULT_BERT_TEXTCAT = """
# Categories of which exactly one holds: sets doc.cats.
[components.bert_textcat]
factory = "bert_textcat"
# Score that the best category needs to be given by `categories(doc)`; evaluation always counts it.
threshold = 0.0
# Weights of the classes in the loss: null, "balanced", or a table such as {"sport": 2.0}.
class_weights = null
# Share of the truth that all possible answers get alike, from 0 to below 1.
label_smoothing = 0.0
# 0 or more: how much what is predicted well already counts less (focal loss; 2 is usual).
focal_gamma = 0.0
# Above 0: factor of this head's loss, beside those of others on the encoder.
loss_weight = 1.0

[components.bert_textcat.scorer]
@scorers = "spacy-bert-ext.textcat_scorer.v1"

[components.bert_textcat.model]
@architectures = "spacy-bert-ext.TextClassifier.v1"
# What stands for a Doc, over all its windows: "cls", "mean", "max", "attention", or the checkpoint's "pooler".
pooling = "mean"
dropout = 0.1

[components.bert_textcat.model.encoder]
@architectures = "spacy-bert-ext.EncoderListener.v1"
upstream = "*"
"""

DEFAULT_BERT_TEXTCAT_MULTILABEL = """
# Categories that hold independently of each other: sets doc.cats.
[components.bert_textcat_multilabel]
factory = "bert_textcat_multilabel"
# From which score on a category counts as predicted; `spacy bert calibrate --thresholds` finds one for each label.
threshold = 0.5
# Weights of labels that hold, in the loss: null, "balanced", or a table such as {"sport": 2.0}.
class_weights = null
# Share of the truth that all possible answers get alike, from 0 to below 1.
label_smoothing = 0.0
# 0 or more: how much what is predicted well already counts less (focal loss; 2 is usual).
focal_gamma = 0.0
# Above 0: factor of this head's loss, beside those of others on the encoder.
loss_weight = 1.0

[components.bert_textcat_multilabel.scorer]
@scorers = "spacy-bert-ext.textcat_multilabel_scorer.v1"

[components.bert_textcat_multilabel.model]
@architectures = "spacy-bert-ext.TextClassifier.v1"
# What stands for a Doc, over all its windows: "cls", "mean", "max", "attention", or the checkpoint's "pooler".
pooling = "mean"
dropout = 0.1

[components.bert_textcat_multilabel.model.encoder]
@architectures = "spacy-bert-ext.EncoderListener.v1"
upstream = "*"
"""

ClassWeights = dict[str, float] | str | None  # of a config

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
def make_bert_encoder(nlp: Language, name: str, model: Model, max_batch_pieces: int, keep: str, layers: list[int]):
    """The shared encoder; see `BertEncoder`."""
    from .bert_encoder import BertEncoder

    encoder = BertEncoder(nlp.vocab, model, name, max_batch_pieces=max_batch_pieces, keep=keep, layers=layers)
    return _being_loaded(nlp, encoder)


@Language.factory(
    "bert_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "span._.score"],
    default_config=_settings(DEFAULT_BERT_NER),
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_bert_ner(
    nlp: Language,
    name: str,
    model: Model,
    decoder: str,
    scheme: str,
    min_score: float,
    overwrite: bool,
    class_weights: ClassWeights,
    label_smoothing: float,
    focal_gamma: float,
    loss_weight: float,
    scorer: Callable | None,
):
    """Entities; see `BertNER`."""
    from ..losses.controls import LossControls
    from .bert_ner import BertNER

    controls = LossControls(class_weights, label_smoothing, focal_gamma, loss_weight)
    head = BertNER(
        nlp.vocab,
        model,
        name,
        decoder=decoder,
        scheme=scheme,
        min_score=min_score,
        overwrite=overwrite,
        controls=controls,
        scorer=scorer,
    )
    return _being_loaded(nlp, head)


@Language.factory(
    "bert_textcat",
    assigns=["doc.cats"],
    default_config=_settings(DEFAULT_BERT_TEXTCAT),
    default_score_weights=CATS_SCORE_WEIGHTS,
)
def make_bert_textcat(
    nlp: Language,
    name: str,
    model: Model,
    threshold: float,
    class_weights: ClassWeights,
    label_smoothing: float,
    focal_gamma: float,
    loss_weight: float,
    scorer: Callable | None,
):
    """Categories of which one holds; see `BertTextCategorizer`."""
    from ..losses.controls import LossControls
    from .bert_textcat import BertTextCategorizer

    controls = LossControls(class_weights, label_smoothing, focal_gamma, loss_weight)
    head = BertTextCategorizer(nlp.vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
    return _being_loaded(nlp, head)


@Language.factory(
    "bert_textcat_multilabel",
    assigns=["doc.cats"],
    default_config=_settings(DEFAULT_BERT_TEXTCAT_MULTILABEL),
    default_score_weights=CATS_SCORE_WEIGHTS,
)
def make_bert_textcat_multilabel(
    nlp: Language,
    name: str,
    model: Model,
    threshold: float,
    class_weights: ClassWeights,
    label_smoothing: float,
    focal_gamma: float,
    loss_weight: float,
    scorer: Callable | None,
):
    """Categories that hold independently; see `BertMultilabelTextCategorizer`."""
    from ..losses.controls import LossControls
    from .bert_textcat import BertMultilabelTextCategorizer

    controls = LossControls(class_weights, label_smoothing, focal_gamma, loss_weight)
    head = BertMultilabelTextCategorizer(nlp.vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
    return _being_loaded(nlp, head)


def _being_loaded(nlp: Language, pipe):
    """Tell a component of which save the pipeline is that is being loaded, if it is: then it has no path yet."""
    from ..files.folders import SAVE_KEY

    if nlp.path is None:
        pipe.loaded_save = nlp.meta.get(SAVE_KEY)
    return pipe
