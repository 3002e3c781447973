"""Small random fine-tuned checkpoints of several architectures, as they lie on the Hugging Face hub."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    CamembertTokenizerFast,
    DebertaV2TokenizerFast,
    ElectraTokenizerFast,
    PreTrainedTokenizerFast,
    XLMRobertaTokenizerFast,
)

from tests.tiny import MAX_WINDOW_PIECES, N_HEADS, N_LAYERS, SPREAD, TEXT, TOKENIZERS, WIDTH, wordpieces

ARCHITECTURES = ("bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert", "xlm-roberta", "camembert")
AUTO = {
    "token-classification": AutoModelForTokenClassification,
    "text-classification": AutoModelForSequenceClassification,
}
MODELS = {**AUTO, "question-answering": AutoModelForQuestionAnswering, "fill-mask": AutoModelForMaskedLM}
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
CATEGORIES = ("negative", "neutral", "positive")


def make_classifier(
    folder: Path | str, architecture: str, task: str, names: Sequence[str], *, spread: float = SPREAD, **settings
) -> str:
    """Write a fine-tuned checkpoint and give its folder.

    settings: Of its config, such as `problem_type`.
    """
    tokenizer = CLASSIFIER_TOKENIZERS[architecture]()
    torch.manual_seed(0)
    ids = {"cls": tokenizer.cls_token_id, "bos": tokenizer.cls_token_id, "sep": tokenizer.sep_token_id}
    config = AutoConfig.for_model(
        architecture,
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        num_hidden_layers=N_LAYERS,
        num_attention_heads=N_HEADS,
        intermediate_size=2 * WIDTH,
        initializer_range=spread,
        max_position_embeddings=MAX_WINDOW_PIECES + 2,
        pad_token_id=tokenizer.pad_token_id,
        **_SETTINGS.get(architecture, lambda _: {})(ids),
        id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)},
        **settings,
    )
    model = MODELS[task].from_config(config)
    for name, weight in model.named_parameters():
        if name.endswith("bias"):  # which transformers begins with at zero
            torch.nn.init.normal_(weight, std=spread)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


_SETTINGS = {
    "electra": lambda _: {"embedding_size": WIDTH // 2},
    "deberta-v2": lambda _: {
        "relative_attention": True,
        "pos_att_type": ["p2c", "c2p"],
        "position_biased_input": False,
        "type_vocab_size": 0,
        "pooler_hidden_size": WIDTH,
    },
    "modernbert": lambda ids: {
        "global_attn_every_n_layers": 2,
        "local_attention": 16,
        "cls_token_id": ids["cls"],
        "bos_token_id": ids["bos"],
        "sep_token_id": ids["sep"],
        "eos_token_id": ids["sep"],
        "classifier_pooling": "mean",
        "classifier_bias": True,
    },
    "roberta": lambda _: {"type_vocab_size": 1},
    "xlm-roberta": lambda _: {"type_vocab_size": 1},
    "camembert": lambda _: {"type_vocab_size": 1},
    "longformer": lambda _: {"type_vocab_size": 1, "attention_window": 8},
}


def _unigram(kind_class: type, special: Sequence[str], unk: str) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=list(special), unk_token=unk, show_progress=False)
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    first, last = ("[CLS]", "[SEP]") if "[CLS]" in special else ("<s>", "</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B {last}",
        special_tokens=[(piece, tokenizer.token_to_id(piece)) for piece in (first, last)],
    )
    return kind_class(tokenizer_object=tokenizer, model_max_length=MAX_WINDOW_PIECES)


_ROBERTA_LIKE = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
CLASSIFIER_TOKENIZERS = {
    **TOKENIZERS,
    "longformer": TOKENIZERS["roberta"],
    "electra": lambda: wordpieces(ElectraTokenizerFast, lowercase=True),
    "deberta-v2": lambda: _unigram(DebertaV2TokenizerFast, ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"), "[UNK]"),
    "xlm-roberta": lambda: _unigram(XLMRobertaTokenizerFast, _ROBERTA_LIKE, "<unk>"),
    "camembert": lambda: _unigram(CamembertTokenizerFast, _ROBERTA_LIKE, "<unk>"),
}
