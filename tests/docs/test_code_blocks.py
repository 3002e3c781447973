"""Every block of code in README and docs runs, page by page, in a folder with what readers have by then."""

import importlib.util
import json
import shutil
import traceback
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from transformers.utils import hub as transformers_hub

from tests.docs.commands import Commands
from tests.docs.configs import check_config
from tests.docs.hub import make_hub
from tests.docs.pages import PAGES, ROOT, Block, blocks_of
from tests.docs.sandbox import make_sandbox

MOST_NOT_RUN = 24  # of all blocks
pytestmark = [
    pytest.mark.skipif(not PAGES, reason="README and docs are in a checkout only"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hub(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sandbox(tmp_path_factory.mktemp("furnished"))


@pytest.fixture
def sandbox(hub: Path, furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a page, with the hub's cache beside it."""
    folder = Path(shutil.copytree(furnished, tmp_path / "sandbox"))
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(hub))
    monkeypatch.setattr(transformers_hub, "TRANSFORMERS_CACHE", str(hub), raising=False)
    n_threads = torch.get_num_threads()
    yield folder
    torch.set_num_threads(n_threads)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_blocks_of_a_page_run_one_after_the_other(
    page: Path, sandbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    commands = Commands(site, monkeypatch)
    namespace: dict[str, object] = {"__name__": "__main__", "monkeypatch": monkeypatch}
    for block in blocks_of(page):
        try:
            run(block, commands, namespace)
        except (Exception, SystemExit) as error:
            printed = "".join(traceback.format_exception(error))
            pytest.fail(f"{page.relative_to(ROOT)}, line {block.line}:\n{block.code}\n{printed}", pytrace=False)


def run(block: Block, commands: Commands, namespace: dict[str, object]) -> None:
    if block.file is not None:
        path = Path(block.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding="utf8")
    elif block.not_run is None and is_there(block.needs):
        if block.language in ("python", "setup"):
            exec(compile(block.code, f"line {block.line}", "exec"), namespace)  # noqa: S102
        elif block.language == "bash":
            commands.run(block.code)
    if block.language == "ini":
        check_config(block.code)


def is_there(module: str | None) -> bool:
    return module is None or importlib.util.find_spec(module) is not None


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    left = [(page.name, block.line, block.not_run) for page in PAGES for block in blocks_of(page) if block.not_run]
    assert all(len(str(reason)) > 10 for _, _, reason in left), left
    assert len(left) <= MOST_NOT_RUN, left


def test_the_example_in_the_universe_runs(sandbox: Path, capsys: pytest.CaptureFixture) -> None:
    (entry,) = json.loads((ROOT / "docs" / "universe.json").read_text(encoding="utf8"))["resources"]
    exec("\n".join(entry["code_example"]), {})  # noqa: S102
    assert capsys.readouterr().out.startswith("[")
