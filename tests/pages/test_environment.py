import pytest
from jinja2 import TemplateNotFound, UndefinedError

from spacy_bert_ext.pages.environment import page_environment


def test_templates_of_the_package_and_of_all_pages_are_found():
    environment = page_environment("spacy_bert_ext.evaluation.page")
    assert "<!DOCTYPE html>" in environment.loader.get_source(environment, "page.html")[0]
    assert "--page: #ffffff" in environment.get_template("base.css").render()
    with pytest.raises(TemplateNotFound):
        environment.get_template("absent.html")


def test_all_that_is_printed_is_escaped_and_has_to_be_there():
    environment = page_environment("spacy_bert_ext.evaluation.page")
    assert environment.from_string("{{ text }}").render(text="<b>&") == "&lt;b&gt;&amp;"
    with pytest.raises(UndefinedError):
        environment.from_string("{{ absent }}").render()
