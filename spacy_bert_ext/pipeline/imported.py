"""Which head a fine-tuned checkpoint becomes: each component registers what it reads, by the checkpoint's task."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import catalogue

from ..errors import Errors


class Classifier(NamedTuple):
    """A fine-tuned checkpoint, as far as a component reads it.

    name: Folder, or name on the hub.
    names: Of its outputs.
    problem_type: See transformers' `PretrainedConfig`.
    scheme: Of the tags, if it should not be told from their names.
    new_names: Of labels that are to be renamed.
    activation: What sentence-transformers applies to the output of a cross-encoder, such as "Sigmoid"; None if
        config.json names nothing.
    """

    name: str
    names: Sequence[str]
    problem_type: str | None
    scheme: str | None
    new_names: Mapping[str, str]
    activation: str | None = None

    def renamed(self, labels: Sequence[str]) -> list[str]:
        """RAISES (ValueError): A label that is not there, or two that would become one."""
        unknown = sorted(set(self.new_names) - set(labels))
        renamed = [self.new_names.get(label, label) for label in labels]
        if unknown or len(set(renamed)) < len(renamed) or not all(renamed):
            raise ValueError(Errors.B044.format(found=", ".join(labels), mapped=dict(self.new_names)))
        return renamed


class ImportedHead(NamedTuple):
    """The component that predicts what a checkpoint does.

    settings: Of the component. `model` lacks its encoder.
    names: Of the outputs, with the new names of labels.
    """

    factory: str
    settings: dict[str, Any]
    labels: list[str]
    names: list[str]


# By task, as the Hugging Face hub names it. Entry points: `spacy_bert_ext_imported_heads`.
IMPORTED_HEADS = catalogue.create("spacy_bert_ext", "imported_heads", entry_points=True)


def read_classifier(task: str, classifier: Classifier) -> ImportedHead:
    """RAISES (ValueError): No component registers the task, or the one that does can't read the outputs."""
    read: Callable[[Classifier], ImportedHead] | None = IMPORTED_HEADS.get_all().get(task)
    if read is None:
        raise ValueError(
            Errors.B301.format(name=classifier.name, task=task, allowed=", ".join(IMPORTED_HEADS.get_all()))
        )
    return read(classifier)
