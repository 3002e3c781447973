"""Fast tokenizers of all kinds that checkpoints have, small, trained in memory: how they treat spaces differs most."""

from functools import cache

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from tests.tiny import TEXT

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "<pad>", "<unk>", "<mask>")
_CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@cache
def make_tokenizers() -> dict[str, Tokenizer]:
    """By kind."""
    kinds = {}
    for name, options in {
        "uncased": {"lowercase": True},
        "cased": {"lowercase": False},
        "accents": {"lowercase": True, "strip_accents": False, "handle_chinese_chars": False},
        "uncleaned": {"lowercase": False, "clean_text": False},
    }.items():
        kinds[f"WordPiece, {name}"] = _wordpiece(
            normalizers.BertNormalizer(**options), pre_tokenizers.BertPreTokenizer()
        )
    kinds["WordPiece, split at white space"] = _wordpiece(normalizers.NFKC(), pre_tokenizers.WhitespaceSplit())
    for prefix in (False, True):
        for trim in (False, True):
            name = f"byte-level BPE, {'space before' if prefix else 'as it stands'}, {'' if trim else 'not '}trimmed"
            kinds[name] = _byte_level(prefix, trim)
    kinds["byte-level BPE, NFC, no regex"] = _byte_level(False, True, regex=False, normalizer=normalizers.NFC())
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    albert = [normalizers.Replace("``", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    for name, normalizer in {
        "NFKC": normalizers.NFKC(),
        "none": None,
        "XLM-R's": normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces]),
        "ALBERT's": normalizers.Sequence([*albert, spaces]),
        "stripped": normalizers.Sequence([normalizers.Strip(), normalizers.NFKC()]),
    }.items():
        for scheme in ("always", "first", "never"):
            kinds[f"Unigram, {scheme}, {name}"] = _unigram(normalizer, scheme)
    kinds["Unigram, T5's"] = _unigram(normalizers.NFKC(), "always", first=pre_tokenizers.WhitespaceSplit())
    kinds["Unigram, not split"] = _unigram(normalizers.NFKC(), "always", split=False)
    kinds["BPE, Llama's"] = _llama()
    kinds["BPE, Metaspace"] = _characters(pre_tokenizers.Metaspace(), None)
    kinds["BPE, whole words"] = _characters(pre_tokenizers.WhitespaceSplit(), None, ignore_merges=True)
    kinds["BPE, CLIP's"] = _clip()
    kinds["words"] = _words()
    return kinds


def _finished(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.add_tokens(["zzdomainzz"])
    return tokenizer


def _wordpiece(normalizer, pre_tokenizer) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=list(SPECIAL), show_progress=False)
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return _finished(tokenizer)


def _byte_level(prefix: bool, trim: bool, *, regex: bool = True, normalizer=None) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=regex)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 6), ("<s>", 5), trim_offsets=trim)
    return _finished(tokenizer)


def _unigram(normalizer, scheme: str, *, first=None, split: bool = True) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=list(SPECIAL), unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    metaspace = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    tokenizer.pre_tokenizer = metaspace if first is None else pre_tokenizers.Sequence([first, metaspace])
    tokenizer.post_processor = _around(tokenizer, "<s>", "</s>")
    return _finished(tokenizer)


def _characters(pre_tokenizer, normalizer, **options) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", **options))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    suffix = options.get("end_of_word_suffix")
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=[*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256) if options.get("byte_fallback"))],
        show_progress=False,
        **({"end_of_word_suffix": suffix} if suffix else {}),
    )
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer.post_processor = _around(tokenizer, "<s>", "</s>")
    return _finished(tokenizer)


def _llama() -> Tokenizer:
    """Spaces are replaced before anything else, and nothing is split."""
    trained = _characters(pre_tokenizers.Metaspace(), None, byte_fallback=True)
    tokenizer = Tokenizer(trained.model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.post_processor = _around(tokenizer, "<s>", "</s>")
    return _finished(tokenizer)


def _clip() -> Tokenizer:
    normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    split = pre_tokenizers.Split(Regex(_CLIP), behavior="removed", invert=True)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _characters(pre_tokenizers.Sequence([split, byte_level]), normalizer, end_of_word_suffix="</w>")


def _words() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(special_tokens=list(SPECIAL), show_progress=False)
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer.post_processor = _around(tokenizer, "[CLS]", "[SEP]")
    return _finished(tokenizer)


def _around(tokenizer: Tokenizer, first: str, last: str) -> processors.TemplateProcessing:
    return processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B {last}",
        special_tokens=[(piece, tokenizer.token_to_id(piece)) for piece in (first, last)],
    )
