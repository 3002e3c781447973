"""What each factory does with the component that it has made."""

from typing import TYPE_CHECKING, TypeVar

from spacy.language import Language

if TYPE_CHECKING:
    from ..pipeline.bert_pipe import BertPipe

PipeT = TypeVar("PipeT", bound="BertPipe")


def being_loaded(nlp: Language, pipe: PipeT) -> PipeT:
    """Tell a component of which save the pipeline is that is being loaded, if it is: then it has no path yet."""
    from ..files.folders import SAVE_KEY

    if nlp.path is None:
        pipe.loaded_save = nlp.meta.get(SAVE_KEY)
    return pipe
