"""Modules without weights."""

from types import SimpleNamespace

import pytest

from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.huggingface.weightless import is_weightless, weightless_module
from tests.coded import raises_code


@pytest.mark.parametrize("has_pooler", [True, False])
def test_names_and_shapes_are_those_of_the_checkpoint(any_folder, has_pooler):
    module = load_checkpoint(any_folder).module
    made = weightless_module(type(module), module.config, "name", has_pooler=has_pooler)
    assert is_weightless(made) and not is_weightless(module)
    shapes, expected = ({name: weight.shape for name, weight in one.named_parameters()} for one in (made, module))
    assert {name: shapes[name] for name in expected if name in shapes} == {
        name: shape for name, shape in expected.items() if not name.startswith("pooler.") or has_pooler
    }
    assert not any(weight.requires_grad for weight in made.parameters())


def test_a_config_of_something_else_is_refused(bert_folder):
    kind = type(load_checkpoint(bert_folder).module)
    with raises_code("B005", match="BertModel"):
        weightless_module(kind, SimpleNamespace(), "name", has_pooler=True)
