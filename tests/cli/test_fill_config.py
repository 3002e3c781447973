"""`spacy bert fill-config`, called as its users call it."""

import subprocess
import sys
from pathlib import Path

from spacy_bert_ext.cli.configs.complete import complete_config
from tests.cli.runner import run

PARTIAL = """[paths]
encoder = "some/folder"

[nlp]
lang = "de"
pipeline = ["bert_encoder", "bert_ner"]
"""


def test_it_writes_a_file_and_tells_what_is_wrong(tmp_path: Path) -> None:
    base, path = tmp_path / "base.cfg", tmp_path / "new" / "config.cfg"
    base.write_text(PARTIAL, encoding="utf8")
    assert run("fill-config", base, path)[0] == 0
    assert path.read_text(encoding="utf8") == complete_config(PARTIAL)
    code, output = run("fill-config", base, path)
    assert code == 1 and "--force" in output
    assert run("fill-config", base, path, "--force")[0] == 0
    base.write_text("no config", encoding="utf8")
    code, output = run("fill-config", base, path, "--force")
    assert code == 1 and "base.cfg" in output
    code, output = run("fill-config", tmp_path / "none.cfg", path, "--force")
    assert code == 1 and "none.cfg" in output


def test_factories_may_stand_in_a_file(tmp_path: Path) -> None:
    code_path, base_path = tmp_path / "code.py", tmp_path / "base.cfg"
    code_path.write_text(
        "from spacy.language import Language\n@Language.component('of_a_file')\ndef of_a_file(doc):\n    return doc\n"
    )
    base_path.write_text('[nlp]\nlang = "en"\npipeline = ["of_a_file"]\n')
    for arguments in (
        ("fill-config", base_path, "-"),
        ("init-config", "-", "--offline-ok", "--component", "of_a_file"),
    ):
        code, output = run(*arguments, "--code", code_path)
        assert code == 0 and 'factory = "of_a_file"' in output


def test_it_reads_standard_input() -> None:
    for arguments in (("-", "-"), ("-",)):
        assert run("fill-config", *arguments, input=PARTIAL) == (0, complete_config(PARTIAL) + "\n")
    code, output = run("fill-config", "-", input="no config")
    assert code == 1 and "standard input: [B323]" in output


def test_the_next_commands_name_the_file_of_code(tmp_path: Path) -> None:
    code_path = tmp_path / "code.py"
    code_path.write_text("")
    code, output = run("init-config", tmp_path / "config.cfg", "--task", "ner", "--offline-ok", "--code", code_path)
    assert code == 0 and output.count(f"--code {code_path}") == 2


def test_a_process_that_has_loaded_no_pipeline_knows_the_factories(tmp_path: Path) -> None:
    """Nothing else has registered those of packages there, as other tests have here."""
    base = tmp_path / "base.cfg"
    base.write_text(PARTIAL, encoding="utf8")
    command = [sys.executable, "-m", "spacy", "bert", "fill-config", str(base)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "[components.bert_ner.model]" in done.stdout
