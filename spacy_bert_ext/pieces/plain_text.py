"""Tokenizers to which text is nothing but text: no spelling of "[SEP]" or "</s>" makes a special piece.

A special piece tells the encoder where a text begins, ends or is padded. If a text could make one, it could move the
scores of everything around it.
"""

import json
from collections.abc import Collection, Iterable

from tokenizers import Tokenizer, models

from .special_pieces import pieces_around_text

_UNREACHABLE = "\0" * 1000  # a name for the unknown piece: as a word it is unknown itself


def plain_text_copy(tokenizer: Tokenizer, named: Iterable[str] = ()) -> Tokenizer:
    """The same tokenizer, which makes no special pieces of a text, and neither cuts nor pads.

    Special are the pieces that the tokenizer marks as special, those that it puts around a text, and `named` ones.
    Other added pieces, such as words of a domain, stay. The unknown piece is made of unknown text only, not of its
    name. BPE drops no merges at random. Offsets are those of whole pieces, with the space that belongs to them.

    named (Iterable[str]): Special pieces that the tokenizer may not know as such, as transformers names them by role.
    """
    added = tokenizer.get_added_tokens_decoder()
    around = [tokenizer.id_to_token(piece) for side in pieces_around_text(tokenizer) for piece in side]
    special = {piece.content for piece in added.values() if piece.special} | {*named, *filter(None, around)}
    # The parts are shared: a copy by JSON takes as long as loading the tokenizer. Nothing that JSON would keep is lost
    # but truncation, padding and the post-processor, whose work is done with arrays.
    copied = Tokenizer(tokenizer.model)
    if tokenizer.normalizer is not None:
        copied.normalizer = tokenizer.normalizer
    if tokenizer.pre_tokenizer is not None:
        copied.pre_tokenizer = tokenizer.pre_tokenizer
    copied.add_tokens([added[number] for number in sorted(added)])
    copied.add_special_tokens(sorted(special))
    copied.encode_special_tokens = True
    # Last, since the numbers of added pieces depend on the size of the vocabulary.
    copied.model = _model_for_text(tokenizer.model, special)
    return copied


def _model_for_text(model: models.Model, special: Collection[str]) -> models.Model:
    """The model without the special pieces that it could make by itself, since they stand in its vocabulary, too."""
    if isinstance(model, models.BPE):
        special = [piece for piece in special if any(made.value == piece for made in model.tokenize(piece))]
    else:
        special = [piece for piece in special if model.token_to_id(piece) is not None]
    if not special and getattr(model, "dropout", None) is None:
        return model
    settings = {name: value for name, value in json.loads(model.__getstate__()).items() if value is not None}
    kind, vocab = settings.pop("type"), settings.pop("vocab")
    if kind == "Unigram":
        # Numbers are places; an empty piece matches nothing.
        vocab = [("" if piece in special else piece, score) for piece, score in vocab]
        return models.Unigram(vocab, **settings)
    for piece in special:
        number = vocab.pop(piece)
        if piece == settings.get("unk_token"):
            settings["unk_token"] = _UNREACHABLE
            vocab[_UNREACHABLE] = number
    if kind == "BPE":
        merges = settings["merges"]
        settings["merges"] = [(a, b) for a, b in merges if not {a, b, a + b}.intersection(special)]
        settings.pop("dropout", None)
    return getattr(models, kind)(vocab, **settings)
