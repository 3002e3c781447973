"""`spacy bert init-config`: a complete, commented training config."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from spacy.util import combine_score_weights, get_lang_class
from wasabi import msg

from ..defaults import default_settings, default_text
from ..errors import Errors
from ..files.folders import SaveError, write_text_whole
from .config_blocks import HEADER, TRAINING

TASKS = {
    "ner": ["bert_ner"],
    "textcat": ["bert_textcat"],
    "textcat_multilabel": ["bert_textcat_multilabel"],
    "joint": ["bert_ner", "bert_textcat"],
}

# Small encoders want higher rates: (widest encoder, rate).
ENCODER_RATES = ((512, 2e-4), (768, 5e-5), (10**6, 2e-5))


def write_config(output_path: str, task: str, encoder: str, lang: str, force: bool) -> None:
    """Write a config to a file, or with "-" to standard output."""
    if task not in TASKS:
        msg.fail(Errors.B010.format(found=task, setting="--task", allowed=", ".join(TASKS)), exits=1)
    try:
        text = make_config(task, encoder, lang)
    except ImportError as error:
        msg.fail(str(error), exits=1)
    if output_path == "-":
        print(text)
        return
    path = Path(output_path)
    if path.exists() and not force:
        msg.fail(f"{path} exists already: use --force to overwrite it", exits=1)
    try:
        write_text_whole(path, text)
    except SaveError as error:
        msg.fail(str(error), exits=1)
    msg.good(f"Wrote {path}")
    data = "--paths.train train.spacy --paths.dev dev.spacy"
    print(f"Check it:  python -m spacy bert doctor {path} {data}")
    print(f"Train:     python -m spacy bert train {path} --output training {data}")


def make_config(task: str, encoder: str, lang: str) -> str:
    """The config's text. It parses, and `spacy debug config` passes once the paths are set.

    RAISES (ImportError): A language that spaCy does not know.
    """
    heads = TASKS[task]
    defaults = get_lang_class(lang).default_config
    pipeline = json.dumps(["bert_encoder", *heads])
    weights = combine_score_weights([default_settings(head)[1] for head in heads])
    encoder_block = _block("bert_encoder").replace('name = "bert-base-cased"', "name = ${paths.encoder}")
    head_blocks = [_block(head) for head in heads]
    if _is_uncased(encoder):
        head_blocks = [block.replace("casing = false", "casing = true") for block in head_blocks]
    blocks = [
        HEADER.format(
            task=task,
            encoder=json.dumps(encoder),
            lang=lang,
            pipeline=pipeline,
            tokenizer=_lines(defaults["nlp"]["tokenizer"]),
        ),
        *(block.replace('upstream = "*"', 'upstream = "bert_encoder"') for block in [encoder_block, *head_blocks]),
        TRAINING.format(
            encoder_rate=_encoder_rate(encoder), initialize_tokenizer=_lines(defaults["initialize"]["tokenizer"])
        ),
        f"[training.score_weights]\n{_lines(weights)}",
    ]
    return "\n".join(block.strip() + "\n" for block in blocks)


def _block(factory: str) -> str:
    """A component's settings, without its score weights."""
    return re.split(r"\n(?=(?:#.*\n)*\[training)", default_text(factory))[0]


def _lines(settings: Mapping[str, object]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _is_uncased(encoder: str) -> bool:
    """By the files of a checkpoint that lies here, or by its name on the hub."""
    return bool(_read(encoder, "tokenizer_config.json").get("do_lower_case", "uncased" in encoder.lower()))


def _read(encoder: str, file: str) -> dict:
    path = Path(encoder) / file
    return json.loads(path.read_text(encoding="utf8")) if path.exists() else {}


def _encoder_rate(encoder: str) -> float:
    width: int | None = _read(encoder, "config.json").get("hidden_size")
    return next(rate for widest, rate in ENCODER_RATES if (width or 768) <= widest)
