"""A fine-tuned checkpoint in Hugging Face format → a pipeline that predicts the same, and can be trained on."""

from collections.abc import Mapping, Sequence

import spacy
from spacy.language import Language

from ..encoder.model import use_checkpoint
from ..errors import Errors
from ..heads.huggingface_head import HEADS
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.classifiers import PIECES_OF_CLASSIFIERS, Task, load_classifier
from ..huggingface.parts import take_apart
from ..huggingface.types import PretrainedConfig
from ..training.callbacks import portable_config
from .tag_names import parse_tags, read_scheme

MOST_WINDOW_PIECES = 512  # that most checkpoints were fine-tuned with, whatever they would take
OVERLAP_PIECES = 32  # unless windows are too short for it

_ARCHITECTURES = {
    "token-classification": "spacy-bert-ext.HuggingFaceTokenClassifier.v1",
    "text-classification": "spacy-bert-ext.HuggingFaceTextClassifier.v1",
}


def from_pretrained(
    name: str,
    *,
    lang: str = "en",
    revision: str | None = None,
    component: str | None = None,
    scheme: str | None = None,
    tags: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    encoder: Mapping[str, object] | None = None,
) -> Language:
    """See `spacy_bert_ext.from_pretrained`."""
    name = str(name)
    if scheme is not None:
        scheme = read_scheme(scheme)
    encoder = dict(encoder or {})
    model, tokenizer, task = load_classifier(name, revision=revision, pieces_from=encoder.get("pieces_from"))
    names = _output_names(model.config, tags, name)
    factory = _factory(model.config, task, name)
    parsed = parse_tags(names, scheme=scheme) if task == "token-classification" else None
    found = parsed.labels if parsed is not None else _categories(names, name)
    renamed = _renamed(found, labels or {})
    module, classifier, window_pooling = take_apart(model, task)
    head_module = HEADS[task](classifier)

    nlp = spacy.blank(lang)
    checkpoint = Checkpoint(module.config, tokenizer, module)
    most = min(MOST_WINDOW_PIECES, checkpoint.max_window_pieces or MOST_WINDOW_PIECES)
    settings = {"name": name, "revision": revision, "window_pieces": most, "window_pooling": window_pooling}
    settings = {**settings, "pieces_from": PIECES_OF_CLASSIFIERS[task], **encoder}
    capacity = settings["window_pieces"] - sum(len(pieces) for pieces in checkpoint.special_pieces())
    settings.setdefault("overlap_pieces", min(OVERLAP_PIECES, capacity // 2))
    bert = nlp.add_pipe("bert_encoder", config={"model": settings})
    use_checkpoint(bert.model, checkpoint)
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "*"}
    config = {"model": {"@architectures": _ARCHITECTURES[task], "encoder": listener}}
    if parsed is not None:
        config.update(scheme=parsed.scheme, decoder="greedy")
    head = nlp.add_pipe(factory, name=component or factory, config=config)
    if parsed is not None:
        new_name = dict(zip(found, renamed))
        outputs = [f"{tag[:2]}{new_name[tag[2:]]}" if tag[1:2] == "-" else tag for tag in parsed.names]
        head.use_checkpoint_head(head_module, renamed, outputs)
    else:
        outputs = renamed
        head.use_checkpoint_head(head_module, renamed)
    if tags or labels:
        head_module.set_names(outputs)  # else it keeps those that it came with, to be given back
    return portable_config(nlp)


def _output_names(config: PretrainedConfig, given: Sequence[str] | None, checkpoint: str) -> list[str]:
    if given is not None and len(given) != config.num_labels:
        raise ValueError(Errors.B042.format(name=checkpoint, found=len(given), n_labels=config.num_labels))
    names = [config.id2label.get(i) for i in range(config.num_labels)] if given is None else list(given)
    for number, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise ValueError(Errors.B048.format(name=checkpoint, number=number))
    return names


def _categories(names: list[str], checkpoint: str) -> list[str]:
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(Errors.B070.format(name=checkpoint, label=repeated))
    return names


def _factory(config: PretrainedConfig, task: Task, name: str) -> str:
    if task == "token-classification":
        return "bert_ner"
    if config.problem_type == "multi_label_classification":
        return "bert_textcat_multilabel"
    if config.problem_type == "regression" or config.num_labels < 2:
        raise ValueError(Errors.B040.format(name=name, n_labels=config.num_labels, problem_type=config.problem_type))
    return "bert_textcat"


def _renamed(found: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """RAISES (ValueError): A label that is not there, or two that would become one."""
    unknown = sorted(set(labels) - set(found))
    renamed = [labels.get(label, label) for label in found]
    if unknown or len(set(renamed)) < len(renamed) or not all(renamed):
        raise ValueError(Errors.B044.format(found=", ".join(found), mapped=dict(labels)))
    return renamed
