"""Ways in which a pipeline's folder can be damaged, or be made by someone who means ill.

Each is a function that changes one file or more of a saved pipeline with `bert_encoder`, `bert_ner` and `bert_textcat`.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

Damage = Callable[[Path], None]

ENCODER, NER, TEXTCAT = "bert_encoder", "bert_ner", "bert_textcat"
CONFIG, TOKENIZER = f"{ENCODER}/config.json", f"{ENCODER}/tokenizer.json"
TOKENIZER_CONFIG = f"{ENCODER}/tokenizer_config.json"
TABLES = (
    CONFIG,
    TOKENIZER,
    TOKENIZER_CONFIG,
    f"{ENCODER}/cfg",
    f"{NER}/cfg",
    f"{TEXTCAT}/cfg",
    f"{NER}/checksums.json",
)
WEIGHTS = (f"{ENCODER}/model.safetensors", f"{NER}/model.safetensors", f"{TEXTCAT}/model.safetensors")

TEXTS = {
    "empty": b"",
    "list": b"[]",
    "number": b"7",
    "null": b"null",
    "cut": b'{"a": ',
    "table of nothing": b"{}",
    "nested lists": b"[" * 100_000,
    "nested tables": b'{"a":' * 100_000,
    "no number": b'{"a": NaN, "labels": [NaN]}',
    "binary": bytes(range(256)),
    "utf16": '{"a": "ä"}'.encode("utf16"),
    "large number": b'{"a": ' + b"9" * 5000 + b"}",
}
VALUES = (None, -1, 0, 10**7, 10**9, 1.5, float("inf"), "x", [], {}, True)
NUMBERS_OF_CONFIG = (
    *("attention_probs_dropout_prob", "hidden_size", "intermediate_size", "layer_norm_eps", "max_position_embeddings"),
    *("num_attention_heads", "num_hidden_layers", "pad_token_id", "type_vocab_size", "vocab_size"),
)
OTHERS_OF_CONFIG = {
    "architectures": ([7], "x", ["BertForMaskedLM", "NoSuchModel"], {}),
    "model_type": ("gpt2", "t5", "vit", "no-such-model", "", None, 7, ["bert"], "albert", "modernbert"),
    "hidden_act": ("os.system", "", None, 7, "tanh"),
    "return_dict": (False, 7),
    "torchscript": (True, "x"),
    "chunk_size_feed_forward": (3, -1, 10**9, "x"),
    "output_hidden_states": (True, "x"),
    "output_attentions": (True,),
    "is_decoder": (True,),
    "add_cross_attention": (True,),
    "is_encoder_decoder": (True, "x"),
    "pruned_heads": ({"0": [0, 1]}, {"7": [0]}, "x", [1]),
    "tie_word_embeddings": (False, "x"),
    "id2label": ({}, [], "x", {"x": "y"}, {"0": None}),
    "num_labels": (0, -1, 10**9, "x"),
    "position_embedding_type": ("relative_key", "no-such", 7),
    "quantization_config": ({"quant_method": "bitsandbytes", "load_in_8bit": True}, {"quant_method": "no-such"}, 7),
    "torch_dtype": ("bfloat16", "no-such", 7),
    "dtype": ("float16", "os.system"),
    "attn_implementation": ("flash_attention_2", "someone/kernel:attention", 7),
    "use_cache": ("x",),
    "initializer_range": ("x", -1),
    "tokenizer_class": ("NoSuchTokenizer", "PreTrainedTokenizerBase", "os.system", 7, "T5TokenizerFast"),
    "transformers_weights": ("../../other.safetensors", "/etc/passwd"),
    "text_config": ({"hidden_size": 10**9}, 7),
    "nested " + "x" * 50: ([[[[[[]]]]]],),
    "Größe\u202e\x00": ("\ud800",),
}


def damages() -> Iterator[tuple[str, Damage]]:
    """All of them by name."""
    for file in TABLES:
        for name, text in TEXTS.items():
            yield f"{file}: {name}", partial(_write, file, text)
    for file in (CONFIG, TOKENIZER, *WEIGHTS[:2], f"{NER}/cfg", f"{ENCODER}/checksums.json"):
        for name, change in _FILES.items():
            yield f"{file}: {name}", partial(change, file)
    for key in NUMBERS_OF_CONFIG:
        for value in VALUES:
            yield f"{CONFIG}: {key} = {value!r}", partial(_set, CONFIG, key, value)
    for key, values in OTHERS_OF_CONFIG.items():
        for value in values:
            yield f"{CONFIG}: {key} = {value!r}", partial(_set, CONFIG, key, value)
    yield from _of_tokenizer()
    yield from _of_weights()
    yield from _of_heads()


def _write(file: str, text: bytes, folder: Path) -> None:
    (folder / file).write_bytes(text)


def _edit(file: str, change: Callable[[dict], object], folder: Path) -> None:
    table = json.loads((folder / file).read_text())
    change(table)
    (folder / file).write_text(json.dumps(table))


def _set(file: str, key: str, value: object, folder: Path) -> None:
    _edit(file, lambda table: table.update({key: value}), folder)


# Files


def _missing(file: str, folder: Path) -> None:
    (folder / file).unlink()


def _folder_instead(file: str, folder: Path) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()


def _pipe(file: str, folder: Path) -> None:
    (folder / file).unlink()
    os.mkfifo(folder / file)


def _link(target: str, file: str, folder: Path) -> None:
    (folder / file).unlink()
    (folder / file).symlink_to(target)


def _link_outside(file: str, folder: Path) -> None:
    copied = folder.parent / f"{folder.name}-outside"
    copied.write_bytes((folder / file).read_bytes())
    (folder / file).unlink()
    (folder / file).symlink_to(copied)


def _longer(file: str, folder: Path) -> None:
    with (folder / file).open("ab") as opened:
        opened.write(b" \n")


def _half(file: str, folder: Path) -> None:
    data = (folder / file).read_bytes()
    (folder / file).write_bytes(data[: len(data) // 2])


def _flip(place: float, file: str, folder: Path) -> None:
    data = bytearray((folder / file).read_bytes())
    data[int(place * (len(data) - 1))] ^= 16
    (folder / file).write_bytes(data)


_FILES: dict[str, Callable[[str, Path], None]] = {
    "missing": _missing,
    "a folder": _folder_instead,
    "a pipe": _pipe,
    "a link to nothing": partial(_link, "nothing"),
    "a link to itself": partial(_link, "../bert_encoder/config.json"),
    "a link in a circle": lambda file, folder: _link(Path(file).name, file, folder),
    "a link outside": _link_outside,
    "a link to a device": partial(_link, "/dev/zero"),
    "longer": _longer,
    "half": _half,
    **{f"a bit at {place:.0%}": partial(_flip, place) for place in (0.0, 0.2, 0.5, 0.8, 1.0)},
}


# Tokenizers


def _of_tokenizer() -> Iterator[tuple[str, Damage]]:
    changes: dict[str, Callable[[dict], object]] = {
        "a piece beyond the embeddings": lambda of: of["model"]["vocab"].update({"beyond": 10**6}),
        "a piece of a negative number": lambda of: of["model"]["vocab"].update({"below": -1}),
        "a word of the vocabulary beyond": lambda of: of["model"]["vocab"].update({"the": 70_000}),
        "an added piece beyond": lambda of: of["added_tokens"].append({**of["added_tokens"][0], "id": 10**8}),
        "no model": lambda of: of.update(model=None),
        "another model": lambda of: of["model"].update(type="Unigram"),
        "no vocabulary": lambda of: of["model"].update(vocab={}),
        "an unknown normalizer": lambda of: of.update(normalizer={"type": "NoSuch"}),
        "no pre-tokenizer": lambda of: of.update(pre_tokenizer=None),
        "no post-processor": lambda of: of.update(post_processor=None),
        "padding to 10^9": lambda of: of.update(padding=_padding()),
        "truncation to 1": lambda of: of.update(
            truncation={"max_length": 1, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
        ),
        "unknown piece that is none": lambda of: of["model"].update(unk_token="nothing"),
        "words of one character": lambda of: of["model"].update(max_input_chars_per_word=1),
    }
    for name, change in changes.items():
        yield f"{TOKENIZER}: {name}", partial(_edit, TOKENIZER, change)
    yield f"{TOKENIZER}: post-processor beyond", partial(_edit, TOKENIZER, _post_processor_beyond)
    values = {
        "tokenizer_class": (None, 7, "NoSuch", "T5TokenizerFast", "CanineTokenizer", "../../x"),
        "auto_map": ({"AutoTokenizer": ["mine.Mine", None]}, 7),
        "tokenizer_file": ("/etc/passwd", 7),
        "vocab_file": ("/etc/passwd", "http://localhost/vocab.txt"),
        "name_or_path": ("someone/something",),
        "model_max_length": ("x", -1, None),
        "pad_token": (None, "nothing", 7, {"content": "x"}, []),
        "cls_token": (None, 7),
        "added_tokens_decoder": ({"1000000": {"content": "x"}}, {"x": 1}, [], 7),
        "extra_special_tokens": ({"x": 1}, [1], "x"),
        "additional_special_tokens": ("x", [1], [["x"]]),
        "chat_template": ("{{ 1/0 }}", 7, {"a": "b"}),
        "do_lower_case": (False, "x"),
        "from_slow": (True,),
        "clean_up_tokenization_spaces": ("x",),
        "padding_side": ("left", "x"),
        "truncation_side": ("x",),
        "model_input_names": (["x"], 7),
    }
    for key, found in values.items():
        for value in found:
            yield f"{TOKENIZER_CONFIG}: {key} = {value!r}", partial(_set, TOKENIZER_CONFIG, key, value)


def _padding() -> dict:
    sides = {"direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
    return {"strategy": {"Fixed": 10**9}, **sides}


def _post_processor_beyond(table: dict) -> None:
    text = json.dumps(table["post_processor"])
    for number in (2, 3):
        text = text.replace(f"[{number}]", "[1000000]").replace(f", {number}]", ", 1000000]")
    table["post_processor"] = json.loads(text)


# Weights


def _change_weights(change: Callable[[dict], object], file: str, folder: Path) -> None:
    weights = {name: weight.clone() for name, weight in load_file(folder / file).items()}
    change(weights)
    save_file(weights, folder / file, metadata={"format": "pt"})


def _first(weights: dict) -> str:
    return max(weights)


def _of_weights() -> Iterator[tuple[str, Damage]]:
    changes: dict[str, Callable[[dict], object]] = {
        "nan": lambda of: of[_first(of)].view(-1)[:1].fill_(float("nan")),
        "infinite": lambda of: of[_first(of)].view(-1)[:1].fill_(float("inf")),
        "one left out": lambda of: of.pop(_first(of)),
        "one too many": lambda of: of.update({"more.weight": torch.zeros(3)}),
        "all left out": lambda of: of.clear(),
        "of bytes": lambda of: of.update({name: weight.to(torch.uint8) for name, weight in of.items()}),
        "of halves": lambda of: of.update({name: weight.half() for name, weight in of.items()}),
        "of numbers": lambda of: of.update({_first(of): torch.tensor(1.0)}),
        "of another shape": lambda of: of.update({_first(of): torch.zeros(1, 1, 1)}),
        "of other names": lambda of: of.update({f"x.{name}": of.pop(name) for name in list(of)}),
    }
    for file in WEIGHTS:
        for name, change in changes.items():
            yield f"{file}: {name}", partial(_change_weights, change, file)
        for n_bytes in (0, 7, 8, 100):
            yield f"{file}: the first {n_bytes} bytes", partial(_cut, n_bytes, file)
        yield f"{file}: an endless header", partial(_write, file, b"\xff" * 8 + b"{}")
        yield f"{file}: a nested header", partial(_write, file, (50_000).to_bytes(8, "little") + b"[" * 50_000)


def _cut(n_bytes: int, file: str, folder: Path) -> None:
    (folder / file).write_bytes((folder / file).read_bytes()[:n_bytes])


# Heads


def _of_heads() -> Iterator[tuple[str, Damage]]:
    values = {
        "labels": (None, [], 7, "PERSON", [1], ["PERSON"] * 3, ["PERSON", ""], {"a": 1}),
        "temperature": (None, 0, -1, 10**400, "x", float("nan")),
        "initialized": (False, None, "x", 0),
        "balanced_weights": ({"x": 1}, 7, {"PERSON": "x"}),
        "no such setting": (7,),
    }
    for file in (f"{NER}/cfg", f"{TEXTCAT}/cfg"):
        for key, found in values.items():
            for value in found:
                yield f"{file}: {key} = {str(value)[:20]}", partial(_set, file, key, value)
    for value in (None, 7, [], ["O"], ["O", "B-X"], "O"):
        yield f"{NER}/cfg: tags = {value!r}", partial(_set, f"{NER}/cfg", "tags", value)
