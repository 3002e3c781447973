"""A fine-tuned checkpoint in Hugging Face format → a pipeline that predicts the same, and can be trained on."""

from collections.abc import Mapping, Sequence
from typing import Any

import spacy
from spacy.language import Language

from ..encoder.model import use_checkpoint
from ..errors import Errors
from ..heads.huggingface_head import HEADS
from ..heads.module import HeadModule
from ..heads.question_answerer import module_of_layer
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.classifiers import PIECES_OF_CLASSIFIERS, Task, activation_of, load_classifier
from ..huggingface.parts import answer_layer, take_apart
from ..huggingface.types import PretrainedConfig, PreTrainedModel
from ..pipeline.imported import Classifier, read_classifier
from ..tagging.tag_names import read_scheme
from ..training.callbacks import portable_config

# That most checkpoints were fine-tuned with, whatever they would take; those for questions with transformers' `run_qa`.
MOST_WINDOW_PIECES: dict[Task, int] = {
    "token-classification": 512,
    "text-classification": 512,
    "question-answering": 384,
}
OVERLAP_PIECES: dict[Task, int] = {  # unless windows are too short for it
    "token-classification": 32,
    "text-classification": 32,
    "question-answering": 128,
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
    pairs: bool = False,
) -> Language:
    """See `spacy_bert_ext.from_pretrained`."""
    name = str(name)
    if scheme is not None:
        scheme = read_scheme(scheme)
    given: dict[str, Any] = dict(encoder or {})
    model, tokenizer, task = load_classifier(name, revision=revision, pieces_from=given.get("pieces_from"))
    names = _output_names(model.config, tags, name)
    problem_type, activation = model.config.problem_type, activation_of(model.config)
    read = Classifier(name, names, problem_type, scheme=scheme, new_names=labels or {}, activation=activation)
    imported = read_classifier(f"pairs-{task}" if pairs else task, read)
    module, classifier, window_pooling = take_apart(model, task)
    head_module = _head_module(task, classifier, name)

    nlp = spacy.blank(lang)
    checkpoint = Checkpoint(module.config, tokenizer, module)
    most = min(MOST_WINDOW_PIECES[task], checkpoint.max_window_pieces or MOST_WINDOW_PIECES[task])
    settings: dict[str, Any] = {
        "name": name,
        "revision": revision,
        "window_pieces": most,
        "window_pooling": window_pooling,
        "pieces_from": PIECES_OF_CLASSIFIERS[task],
        **given,
    }
    capacity = settings["window_pieces"] - checkpoint.special_pieces().n_around
    settings.setdefault("overlap_pieces", min(OVERLAP_PIECES[task], capacity // 2))
    bert: Any = nlp.add_pipe("bert_encoder", config={"model": settings})
    use_checkpoint(bert.model, checkpoint)
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "*"}
    config = {**imported.settings, "model": {**imported.settings["model"], "encoder": listener}}
    head: Any = nlp.add_pipe(imported.factory, name=component or imported.factory, config=config)
    head.use_checkpoint_head(head_module, imported.labels, imported.names)
    if tags or labels:
        head_module.set_names(imported.names)  # else it keeps those that it came with, to be given back
    return portable_config(nlp)


def _head_module(task: Task, classifier: PreTrainedModel, name: str) -> HeadModule:
    """RAISES (ValueError): A head that answers questions by more than one layer. name (str): Of the checkpoint."""
    if task == "question-answering":
        return module_of_layer(answer_layer(classifier, name))
    return HEADS[task](classifier)


def _output_names(config: PretrainedConfig, given: Sequence[str] | None, checkpoint: str) -> list[str]:
    if given is not None and len(given) != config.num_labels:
        raise ValueError(Errors.B042.format(name=checkpoint, found=len(given), n_labels=config.num_labels))
    names = [config.id2label.get(i) for i in range(config.num_labels)] if given is None else list(given)
    for number, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise ValueError(Errors.B048.format(name=checkpoint, number=number))
    return names
