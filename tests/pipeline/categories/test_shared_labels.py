import warnings

import pytest
import spacy

from spacy_bert_ext.pipeline.categories.shared_labels import tell_of_shared_labels


def test_components_before_that_have_labels_in_common():
    nlp = spacy.blank("en")
    first, second, third = (nlp.add_pipe("textcat_multilabel", name=name) for name in ("one", "two", "three"))
    for pipe, labels in ((first, "ab"), (second, "bc"), (third, "de")):
        for label in labels:
            pipe.add_label(label)
    with pytest.warns(UserWarning, match=r"\[B166\] 'two' and 'one'.*: b\. "):
        tell_of_shared_labels(second, nlp)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tell_of_shared_labels(first, nlp)  # later ones tell by themselves
        tell_of_shared_labels(third, nlp)
