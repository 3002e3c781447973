"""`--code` of commands that load a pipeline."""

from pathlib import Path

import pytest
from thinc.api import Config

from tests.annotated import make_examples
from tests.cli.runner import corpus, run
from tests.pipeline.pipelines import make_initialized


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("evaluate", ("dev.spacy", "--output", "out")),
        ("calibrate", ("dev.spacy", "out", "--component", "bert_textcat")),
        ("export", ("out", "--component", "bert_ner")),
    ],
)
def test_commands_that_load_a_pipeline_import_the_code_that_it_needs(
    command: str, options: tuple[str, ...], bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nlp = make_initialized(bert_folder, ("bert_ner", "bert_textcat"))
    nlp.to_disk("pipeline")
    corpus(tmp_path / "dev.spacy", *(eg.reference for eg in make_examples(nlp)))
    name = f"tests.needed_by_{command}.v1"
    config = Config().from_disk("pipeline/config.cfg", interpolate=False)
    config["nlp"]["after_creation"] = {"@callbacks": name}
    config.to_disk("pipeline/config.cfg")
    function = "def create():\n    return lambda cls: cls\n"
    Path("code.py").write_text(f"from spacy.util import registry\n\n\n@registry.callbacks({name!r})\n{function}")
    code, output = run(command, "pipeline", *options)
    assert code == 1 and name in "".join(output.split()) and not Path("out").exists()
    code, output = run(command, "pipeline", *options, "--code", "code.py")
    assert code == 0 and Path("out").exists(), output
