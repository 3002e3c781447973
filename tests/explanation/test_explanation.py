import copy
import pickle

import pytest

from tests.explanation.made import explanation


def test_html_is_an_element_or_a_page():
    found = explanation()
    assert found.to_html().strip().startswith("<figure") and found.to_html().strip().endswith("</figure>")
    assert "<html" not in found.to_html()
    assert found.to_html(page=True).lstrip().startswith("<!DOCTYPE html>")
    assert found.to_html().strip() in found.to_html(page=True)
    assert found._repr_html_() == found.to_html()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))])
def test_copies_say_the_same(copied):
    found = explanation(target=(0, 1))
    assert copied(found).to_html() == found.to_html() and copied(found).to_json() == found.to_json()


def test_it_does_not_change():
    with pytest.raises(AttributeError):
        explanation().label = "NEGATIVE"
