"""What they do is tested in `tests/interop`."""

import pytest

from tests.built import build
from tests.coded import raises_code


def test_settings_are_read_back():
    model = build("Tok2VecListener", upstream="mine", pooling="first", grad_factor=2.0)
    assert next(node for node in model.walk() if hasattr(node, "upstream")).upstream == "mine"


@pytest.mark.parametrize("architecture", ["Tok2VecListener", "SpacyTransformersListener"])
def test_a_factor_below_0_is_refused(architecture):
    with raises_code("B012") as caught:
        build(architecture, grad_factor=-1.0)
    assert "grad_factor" in str(caught.value)
