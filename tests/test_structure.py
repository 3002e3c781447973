"""The sizes that keep the package legible, and a test file for each module."""

import ast
import re
from collections.abc import Iterator
from configparser import ConfigParser
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "spacy_bert_ext"
MODULES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf8")) for path in PACKAGE.rglob("*.py")}

MAX_METHODS, MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_POSITIONAL = 20, 250, 50, 4

LONG_FILES = {
    "errors.py",  # a ledger of texts
    "tagging/crf.py",  # forward, backward and best path belong together
}
# Without logic: texts, types, protocols.
UNTESTED = {
    "about.py",
    "errors.py",
    "types.py",
    "cli/convert_options.py",
    "conversion/records.py",
    "encoder/backends/backend.py",
    "files/loaded.py",
    "huggingface/types.py",
    "sharing/foreign.py",
}
FOREIGN = {"apply"}  # of torch's autograd functions, which take what they are given by position

Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


def walk(kind: type | tuple[type, ...]) -> Iterator[tuple[str, ast.AST]]:
    for name, tree in sorted(MODULES.items()):
        yield from ((f"{name}:{node.lineno}", node) for node in ast.walk(tree) if isinstance(node, kind))


def test_no_class_has_too_many_methods():
    found = {}
    for place, node in walk(ast.ClassDef):
        # Setters and overloads are one method with what they belong to.
        n_methods = len({part.name for part in node.body if isinstance(part, Functions)})
        if n_methods > MAX_METHODS:
            found[f"{place} {node.name}"] = n_methods
    assert not found


def test_no_file_is_too_long():
    lengths = {name: len((PACKAGE / name).read_text("utf8").splitlines()) for name in MODULES}
    assert {name: n for name, n in lengths.items() if n > MAX_FILE_LINES and name not in LONG_FILES} == {}
    assert all(lengths[name] > MAX_FILE_LINES for name in LONG_FILES)


def test_no_function_is_too_long():
    lengths = {f"{place} {node.name}": node.end_lineno - node.lineno + 1 for place, node in walk(Functions)}
    assert {place: n for place, n in lengths.items() if n > MAX_FUNCTION_LINES} == {}


def test_own_functions_are_called_with_few_positional_arguments():
    """Which argument is which is seen at the call. Other libraries' functions have the arguments that they have."""
    own = {node.name for _, node in walk((*Functions, ast.ClassDef))}
    found = []
    for place, node in walk(ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        if len(node.args) > MAX_POSITIONAL and called in own - FOREIGN:
            found.append(f"{place} {called}")
    assert not found


@pytest.mark.parametrize("name", sorted(name for name in MODULES if not name.endswith("__init__.py")))
def test_module_has_its_tests(name):
    if name not in UNTESTED:
        module = Path(name)
        assert (ROOT / "tests" / module.parent / f"test_{module.name}").exists()


def test_every_code_is_used_and_tested():
    codes = set(re.findall(r"^    (B\d+) = ", (PACKAGE / "errors.py").read_text("utf8"), re.MULTILINE))
    package, tests = (
        "".join(path.read_text("utf8") for path in folder.rglob("*.py") if path.name != "errors.py")
        for folder in (PACKAGE, ROOT / "tests")
    )
    assert codes - set(re.findall(r"\.(B\d+)\b", package)) == set()
    assert codes - set(re.findall(r"\bB\d+\b", tests)) == set()


guide = pytest.mark.skipif(not (ROOT / "CONTRIBUTING.md").exists(), reason="it is in a checkout only")


@guide
def test_the_floors_are_drawn_as_the_contract_has_them():
    drawing = (ROOT / "CONTRIBUTING.md").read_text("utf8").split("## The floors")[1].split("```text")[1].split("```")[0]
    floors = [re.split(r" {3,}", line)[0].split() for line in drawing.strip().splitlines()]
    contract = ConfigParser()
    contract.read(ROOT / "setup.cfg")
    order = contract["importlinter:contract:floors"]["layers"].split()
    assert sorted(room for floor in floors for room in floor) == sorted(order)
    for above, below in pairwise(floors):
        assert max(map(order.index, above)) < min(map(order.index, below))


@guide
def test_the_guide_names_files_that_are_there():
    named = re.findall(r"`((?:spacy_bert_ext|tests|docs)/[\w/.]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
