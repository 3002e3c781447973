"""Small random checkpoints with real tokenizers, and encoders made of them: everything in memory, nothing fetched."""

from pathlib import Path

import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizerFast,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertTokenizerFast,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizerFast,
)

from spacy_bert_ext.encoder.model import EncoderModel, bert_encoder
from spacy_bert_ext.encoder.settings import EncoderSettings

KINDS = ("bert", "roberta", "distilbert", "modernbert")
WIDTH = 32
N_LAYERS = 2
N_HEADS = 2
MAX_WINDOW_PIECES = 128  # RoBERTa has two positions more, which its padding takes
N_PIECES = 500  # WordPiece needs some, byte-level BPE starts with 256
SPREAD = 0.2  # of random weights; with BERT's 0.02 all vectors would be nearly the same

TEXT = """
The president of Germany met the chancellor of Austria in Berlin on Monday morning . He said that the new agreement
between both countries would be signed before the end of the year , and that nobody should worry about the price of
gas .
Microsoft and Apple are opening offices in London , Paris and New York . Angela Merkel visited Barack Obama in
Washington .
What is the weather like in San Francisco tomorrow ? Play the latest song by Queen and turn the volume up , please .
Set an alarm for seven o'clock , remind me to call my mother , and order two pizzas with mushrooms , olives and cheese .
My card has not arrived yet ; how do I track its delivery ? I want to exchange dollars for euros without paying a fee .
Scientists at the University of Cambridge discovered an unbelievably small particle , internationally celebrated since .
Manchester United lost 3 - 1 against Real Madrid , whose striker scored twice within 15 minutes of the second half .
He didn't know that she couldn't come because they wouldn't have let her in without her passport or identification .
The tokenization of untranslatable words , misunderstandings , re-initializations and unfriendliness makes more bits .
naïve café Zürich über Straße São Paulo Łódź 東京 北京 Москва Ελλάδα $ % & @ # 100 2024
1,000 U.S. U.K. e-mail C++ 's n't
A quick brown fox jumps over the lazy dog while seven wizards quietly mix jugs of excellent grape juice for the king .
"""


def make_checkpoint(folder: Path | str, kind: str) -> str:
    """Write config.json, model.safetensors and the tokenizer's files of a small random encoder, and give the folder.

    The files are like the published ones of their kind: roberta, distilbert and modernbert come with a language model's
    head and without a pooler, bert with a pooler. bert is uncased, distilbert cased.
    """
    tokenizer = TOKENIZERS[kind]()
    torch.manual_seed(0)
    model = MODELS[kind](len(tokenizer), tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def encoder_settings(folder: Path | str, **settings) -> EncoderSettings:
    """Settings on the CPU in fp32, windows of 128 pieces, no overlap; `settings` change them."""
    values = {
        "name": str(folder),
        "revision": None,
        "window_pieces": MAX_WINDOW_PIECES,
        "overlap_pieces": 0,
        "precision": "fp32",
        "device": "cpu",
        "backend": "torch",
        "threads": "auto",
        "freeze": "none",
        "unfreeze_step": None,
        "lora_rank": 0,
        "lora_alpha": None,
        "gradient_checkpointing": False,
        "window_pooling": "first",
        "pieces_from": "tokens",
        "context_pieces": 0,
    }
    return EncoderSettings(**{**values, **settings})


def make_encoder(folder: Path | str, **settings) -> EncoderModel:
    """An initialized encoder model; settings as in `encoder_settings`."""
    model = bert_encoder(encoder_settings(folder, **settings))
    model.initialize()
    return model


def without_dropout(model: EncoderModel) -> None:
    """Make training compute what prediction does."""
    for module in model.shims[0].module.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        for name in ("dropout_prob", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)


def make_docs(*texts: str, vocab: Vocab | None = None) -> list[Doc]:
    """Docs whose tokens are the words of each text, split at white space."""
    vocab = Vocab() if vocab is None else vocab
    return [Doc(vocab, words=text.split()) for text in texts]


def make_awkward_docs(vocab: Vocab) -> list[Doc]:
    """Docs that real data has and tests forget."""
    return [
        Doc(vocab),
        Doc(vocab, words=[" "]),
        Doc(vocab, words=["\n\n", "\t", "   ", "\u00a0", "\u3000"]),
        Doc(vocab, words=["unbelievably" * 417]),  # 5,004 characters
        Doc(vocab, words=["👩‍👩‍👧‍👦", "東京都", "e\u0301le\u0300ve", "\u0301", "ﬁ", "مرحبا", "𝔘𝔫𝔦"]),
        Doc(vocab, words=["\x00", "\x07", "a\x00b", "\u200b", "\ufeff", "\ufffd", "\u202e"]),
        Doc(vocab, words=["  ", "London", "calling", " "], spaces=[False, True, False, False]),
        Doc(vocab, words=["[SEP]", "</s>", "[CLS]", "<s>", "[PAD]", "<mask>", "##ing", "Ġthe", "▁a"]),
    ]


def wordpieces(kind_class: type, *, lowercase: bool) -> PreTrainedTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    normalizer, pre_tokenizer = normalizers.BertNormalizer(lowercase=lowercase), pre_tokenizers.BertPreTokenizer()
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.normalizer, trained.pre_tokenizer = normalizer, pre_tokenizer
    # The trainer numbers single characters in a random order, and breaks ties by number, unless they come first.
    characters = sorted(set(normalizer.normalize_str(TEXT)) - set(" \n"))
    first = special + characters + [f"##{character}" for character in characters]
    trainer = trainers.WordPieceTrainer(vocab_size=N_PIECES, special_tokens=first, show_progress=False)
    trained.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer = Tokenizer(models.WordPiece(trained.get_vocab(), unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.decoder = decoders.WordPiece()
    return kind_class(tokenizer_object=tokenizer, do_lower_case=lowercase, model_max_length=MAX_WINDOW_PIECES)


def _byte_level(special: list[str | AddedToken]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=N_PIECES,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _roberta_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = _byte_level(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return RobertaTokenizerFast(
        tokenizer_object=tokenizer, add_prefix_space=False, model_max_length=MAX_WINDOW_PIECES, trim_offsets=True
    )


def _modernbert_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = _byte_level(["[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True, special=True)])
    # The published one has no normalizer but NFC, and pieces for runs of spaces beside BPE's.
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens([AddedToken("  "), AddedToken("    "), AddedToken("|||IP_ADDRESS|||")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        mask_token="[MASK]",
        model_max_length=MAX_WINDOW_PIECES,
        model_input_names=["input_ids", "attention_mask"],
    )


def _sizes(vocab_size: int, tokenizer: PreTrainedTokenizerFast) -> dict:
    return {
        "vocab_size": vocab_size,
        "hidden_size": WIDTH,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": N_HEADS,
        "intermediate_size": 2 * WIDTH,
        "initializer_range": SPREAD,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _bert(vocab_size: int, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    config = BertConfig(max_position_embeddings=MAX_WINDOW_PIECES, **_sizes(vocab_size, tokenizer))
    return BertModel(config)


def _roberta(vocab_size: int, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    config = RobertaConfig(
        max_position_embeddings=MAX_WINDOW_PIECES + 2, type_vocab_size=1, **_sizes(vocab_size, tokenizer)
    )
    return RobertaForMaskedLM(config)


def _distilbert(vocab_size: int, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    config: PretrainedConfig = DistilBertConfig(
        vocab_size=vocab_size,
        dim=WIDTH,
        n_layers=N_LAYERS,
        n_heads=N_HEADS,
        hidden_dim=2 * WIDTH,
        initializer_range=SPREAD,
        max_position_embeddings=MAX_WINDOW_PIECES,
        pad_token_id=tokenizer.pad_token_id,
    )
    return DistilBertForMaskedLM(config)


def _modernbert(vocab_size: int, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    config = ModernBertConfig(
        max_position_embeddings=MAX_WINDOW_PIECES,
        global_attn_every_n_layers=2,
        local_attention=40,
        cls_token_id=tokenizer.cls_token_id,
        bos_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        eos_token_id=tokenizer.sep_token_id,
        **_sizes(vocab_size, tokenizer),
    )
    return ModernBertForMaskedLM(config)


TOKENIZERS = {
    "bert": lambda: wordpieces(BertTokenizerFast, lowercase=True),
    "roberta": _roberta_tokenizer,
    "distilbert": lambda: wordpieces(DistilBertTokenizerFast, lowercase=False),
    "modernbert": _modernbert_tokenizer,
}
MODELS = {"bert": _bert, "roberta": _roberta, "distilbert": _distilbert, "modernbert": _modernbert}
