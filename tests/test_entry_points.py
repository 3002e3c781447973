"""The installed package: every name that it registers loads, and importing it stays cheap."""

import json
import subprocess
import sys
from importlib.metadata import EntryPoint, distribution, version

import pytest
import spacy
from spacy.language import Language
from spacy.util import registry

import spacy_bert_ext
from spacy_bert_ext.encoder.backends.registry import BACKENDS
from spacy_bert_ext.pipeline.imported import IMPORTED_HEADS

ENTRY_POINTS = [point for point in distribution("spacy-bert-ext").entry_points if point.group != "console_scripts"]
REGISTRIES = {
    "spacy_architectures": registry.architectures,
    "spacy_readers": registry.readers,
    "spacy_batchers": registry.batchers,
    "spacy_callbacks": registry.callbacks,
    "spacy_scorers": registry.scorers,
    "spacy_loggers": registry.loggers,
    "thinc_optimizers": registry.optimizers,
    "thinc_schedules": registry.schedules,
}


@pytest.mark.parametrize("point", ENTRY_POINTS, ids=lambda point: f"{point.group}:{point.name}")
def test_entry_point_loads_what_its_name_says(point: EntryPoint) -> None:
    loaded = point.load()
    if point.group == "spacy_factories":
        assert point.name.startswith("bert_")
        assert loaded.__name__ == f"make_{point.name}"
    elif point.group == "spacy_bert_ext_imported_heads":
        assert loaded.__name__.startswith("import_")
        assert IMPORTED_HEADS.get(point.name) is loaded
    elif point.group == "spacy_bert_ext_backends":
        assert loaded.__name__.lower() == f"{point.name}backend"
        assert BACKENDS.get(point.name) is loaded
    elif point.group == "spacy_cli":
        assert point.name == "bert"
        assert loaded.info.name == "bert"
    else:
        prefix, name, number = point.name.split(".")
        assert prefix == "spacy-bert-ext"
        assert name and number.startswith("v") and number[1:].isdigit()
        assert loaded.__name__.endswith(f"_{number}")
        assert REGISTRIES[point.group].get(point.name) is loaded


def test_every_kind_of_entry_point_is_there() -> None:
    assert {point.group for point in ENTRY_POINTS} >= {
        "spacy_factories",
        "spacy_cli",
        "spacy_bert_ext_imported_heads",
        "spacy_bert_ext_backends",
        *REGISTRIES,
    }


def test_factories_are_known_to_every_language() -> None:
    for name in (point.name for point in ENTRY_POINTS if point.group == "spacy_factories"):
        assert Language.has_factory(name)
        for lang in ("en", "de", "xx"):
            assert spacy.blank(lang).has_factory(name)


def test_version_is_that_of_the_distribution() -> None:
    assert version("spacy-bert-ext") == spacy_bert_ext.__version__


def modules_after(statement: str) -> list[str]:
    """What a fresh interpreter has imported after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=120)
    return json.loads(result.stdout.splitlines()[-1])


def test_importing_the_package_imports_nothing_big() -> None:
    modules = modules_after("import spacy_bert_ext")
    assert not {"torch", "transformers", "spacy", "numpy"} & set(modules)


def test_importing_the_factories_imports_no_component() -> None:
    """`spacy.blank()` imports them, whether they are used or not."""
    modules = modules_after("import spacy_bert_ext.factories")
    assert not {"transformers", "tokenizers", "huggingface_hub", "spacy_transformers"} & set(modules)
    ours = {module for module in modules if module.startswith("spacy_bert_ext")}
    ours = {module for module in ours if not module.startswith("spacy_bert_ext.factories.")}
    names = ("", ".about", ".pieces", ".pieces.document_context", ".defaults", ".factories")
    assert ours == {f"spacy_bert_ext{name}" for name in names}


def test_a_blank_pipeline_imports_no_component_of_ours() -> None:
    """spaCy imports all factories then and, since it looks for one of spacy-legacy's, all loggers."""
    modules = modules_after("import spacy; spacy.blank('en')")
    assert "IPython" not in modules
    bars = {f"spacy_bert_ext.runtime{name}" for name in ("", ".notebook", ".progress")}  # of the logger
    ours = {module for module in modules if module.startswith("spacy_bert_ext.")} - bars
    rooms = {module.split(".")[1] for module in ours}
    assert rooms <= {"about", "errors", "messages", "pieces", "defaults", "factories", "training"}
