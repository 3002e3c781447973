"""A component is told of the save that is being loaded; `tests/pipeline/test_saving.py` shows what for."""

from types import SimpleNamespace

import pytest
import spacy

from spacy_bert_ext.factories.being_loaded import being_loaded
from spacy_bert_ext.files.folders import SAVE_KEY


@pytest.mark.parametrize(("path", "expected"), [(None, "abc"), ("somewhere", "before")])
def test_only_a_pipeline_without_a_path_is_being_loaded(path, expected):
    nlp, pipe = spacy.blank("en"), SimpleNamespace(loaded_save="before")
    nlp.meta[SAVE_KEY] = "abc"
    nlp._path = path
    assert being_loaded(nlp, pipe) is pipe
    assert pipe.loaded_save == expected
