"""`python -m spacy bert ...`, called as its users call it."""

import re
import sys
from pathlib import Path

import pytest
import spacy
from spacy.cli._util import app
from spacy.tokens import Doc, DocBin, Span
from spacy.training.initialize import init_nlp
from spacy.util import dict_to_dot, load_config
from thinc.api import Config
from typer.testing import CliRunner

import spacy_bert_ext.cli
from spacy_bert_ext.training.callbacks import create_portable_config_v1
from tests.pipeline.pipelines import make_examples, make_initialized

WORDS = ["the", "president", "of", "Germany", "met", "the", "chancellor"]
TAGS = ["O", "O", "O", "B-GPE", "O", "O", "O"]


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bert", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def corpus(path: Path, *docs: Doc) -> Path:
    DocBin(docs=docs).to_disk(path)
    return path


def doc(cats: dict[str, float], tags: list[str] | None = None) -> Doc:
    made = Doc(spacy.blank("en").vocab, words=WORDS, ents=TAGS if tags is None else tags)
    made.cats = cats
    return made


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Path:
    path = tmp_path / "config.cfg"
    assert run("init-config", path, "--task", "joint", "--encoder", bert_folder)[0] == 0
    path.write_text(path.read_text(encoding="utf8").replace("window_pieces = 256", "window_pieces = 128"))
    return path


def examine(config: Path, train: Path, dev: Path) -> tuple[int, str]:
    code, output = run("doctor", config, "--paths.train", train, "--paths.dev", dev)
    return code, " ".join(output.split())


def test_without_a_config_the_doctor_tells_versions_device_and_precision() -> None:
    code, output = run("doctor")
    assert code == 0
    for expected in (spacy.__version__, spacy_bert_ext.__version__, 'device = "auto"', 'precision = "auto", training'):
        assert expected in output


def test_the_doctor_counts_docs_pieces_windows_steps_and_labels(config: Path, tmp_path: Path) -> None:
    train = corpus(tmp_path / "train.spacy", *[doc({"news": 1.0, "sport": 0.0})] * 3)
    dev = corpus(tmp_path / "dev.spacy", doc({"news": 0.0, "sport": 1.0}))
    code, output = examine(config, train, dev)
    assert code == 0
    assert "Docs 3 tokens 21" in output and "Docs of several windows 0" in output
    assert "An epoch has about 1 steps" in output
    assert "GPE 3 1" in output and "news 3 0" in output and "sport 0 1" in output
    assert "All entities match the tokens" in output
    assert "Fewer than 20 train examples: GPE" in output
    assert "Only in the dev corpus: sport" in output


def test_the_doctor_names_entities_that_match_no_tokens(config: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    text = "Germanys president"
    gold = Doc(nlp.vocab, words=["German", "ys", "president"], spaces=[False, True, False], ents=["B-GPE", "O", "O"])
    gold.cats = {"news": 1.0, "sport": 0.0}
    assert gold.text == text
    path = corpus(tmp_path / "train.spacy", gold)
    code, output = examine(config, path, path)
    assert code == 0
    assert "1 of 1 train entities don't match the tokens: 'German'" in output


def test_the_doctor_tells_of_entities_that_end_in_white_space(config: Path, tmp_path: Path) -> None:
    gold = Doc(spacy.blank("en").vocab, words=["in", "Berlin", " "], spaces=[True, True, False])
    gold.ents = [Span(gold, 1, 3, "GPE")]
    gold.cats = {"news": 1.0, "sport": 0.0}
    path = corpus(tmp_path / "train.spacy", gold)
    code, output = examine(config, path, path)
    assert code == 0 and "All entities match" not in output
    assert "1 of 1 train entities begin or end in white space: 'Berlin '" in output  # spaces are joined


def test_the_doctor_tells_of_categories_that_are_never_false(bert_folder: str, tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    run("init-config", path, "--task", "textcat_multilabel", "--encoder", bert_folder)
    path.write_text(path.read_text(encoding="utf8").replace("window_pieces = 256", "window_pieces = 128"))
    true_only = corpus(tmp_path / "true.spacy", doc({"news": 1.0}), doc({"sport": 1.0}))
    code, output = examine(path, true_only, true_only)
    assert code == 0 and "2 categories are nowhere annotated as false: news, sport" in output
    both = corpus(tmp_path / "both.spacy", doc({"news": 1.0, "sport": 0.0}), doc({"news": 0.0, "sport": 1.0}))
    code, output = examine(path, both, both)
    assert code == 0 and "nowhere annotated as false" not in output


def test_the_doctor_reads_the_beginning_of_a_stream_and_writes_nothing(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spacy_bert_ext.cli.doctor.training.MAX_STREAMED_DOCS", 2)
    path = corpus(tmp_path / "train.spacy", *[doc({"news": 1.0, "sport": 0.0})] * 5)
    before = sorted(tmp_path.rglob("*"))
    log = ("--training.logger.output_file", tmp_path / "logs" / "log.jsonl")
    paths = ("--paths.train", path, "--paths.dev", path)
    code, output = run("doctor", config, *paths, "--training.max_epochs", -1, *log)
    assert code == 0 and "What follows is said of its first 2 Docs" in output
    assert "An epoch has" not in output and sorted(tmp_path.rglob("*")) == before


def test_the_doctor_tells_that_no_doc_knows_its_context(config: Path, tmp_path: Path) -> None:
    path = corpus(tmp_path / "train.spacy", doc({"news": 1.0, "sport": 0.0}))
    assert "what stands around it" not in examine(config, path, path)[1]
    text = config.read_text(encoding="utf8")
    # The first is the encoder's.
    config.write_text(text.replace("context_pieces = 0", "context_pieces = 10", 1))
    assert "what stands around it: `context_pieces` changes nothing" in examine(config, path, path)[1]
    reader = '@readers = "spacy-bert-ext.ContextCorpus.v1"\npath = '
    text = config.read_text(encoding="utf8").replace("gold_preproc = false\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("max_length = ")]
    config.write_text("\n".join(lines).replace('@readers = "spacy.Corpus.v1"\npath = ', reader))
    parts = [doc({"news": 1.0, "sport": 0.0}) for _ in range(2)]
    for part in parts:
        part.user_data["document_id"] = 1
    DocBin(docs=parts, store_user_data=True).to_disk(path)
    code, output = examine(config, path, path)
    assert code == 0 and "what stands around it" not in output


def test_the_doctor_fails_where_training_would(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    for name, bad, expected in (
        ("labels", doc({"news": 1.0, "sport": 0.0}, ["O"] * len(WORDS)), "[B024] The component 'bert_ner'"),
        ("categories", doc({}), "[B024] The component 'bert_textcat'"),
        ("several", doc({"news": 1.0, "sport": 1.0}), "[E895]"),
    ):
        code, output = examine(config, corpus(tmp_path / f"{name}.spacy", bad), good)
        assert (code, expected in output) == (1, True), output
    code, output = examine(config, good, tmp_path / "absent.spacy")
    assert code == 1 and "[E050]" not in output and "absent.spacy" in "".join(output.split())
    code, output = examine(config, corpus(tmp_path / "empty.spacy"), good)
    assert code == 1 and "[B024]" in output
    code, output = examine(config, good, corpus(tmp_path / "empty.spacy"))
    assert code == 1 and "[B098]" in output


def test_the_doctor_begins_a_training_with_the_labels(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = examine(config, corpus(tmp_path / "single.spacy", doc({"news": 1.0})), good)
    assert code == 1 and "E867" in output
    text = config.read_text(encoding="utf8")
    config.write_text(text.replace("class_weights = null", 'class_weights = {"GEP": 2.0}', 1), encoding="utf8")
    code, output = examine(config, good, good)
    assert code == 1 and "B076" in output and "'GEP'" in output
    config.write_text(text.replace("class_weights = null", 'class_weights = {"GPE": 2.0}', 1), encoding="utf8")
    assert examine(config, good, good)[0] == 0
    labels = '[initialize.components.bert_ner]\nlabels = ["GPE", "GEP"]\n'
    config.write_text(text.replace("class_weights = null", 'class_weights = {"GEP": 2.0}', 1) + labels, encoding="utf8")
    assert examine(config, good, good)[0] == 0
    config.write_text(text + "[initialize.components.bert_ner]\nlables = []\n", encoding="utf8")
    code, output = examine(config, good, good)
    assert code == 1 and "lables" in output


def test_the_doctor_warns_of_dev_docs_without_labels(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = examine(config, good, good)
    assert code == 0 and "in the dev corpus" not in output
    code, output = examine(config, good, corpus(tmp_path / "dev.spacy", doc({}, ["O"] * len(WORDS))))
    assert code == 0
    assert "There are no entities in the dev corpus" in output and "There are no categories in the dev" in output


def test_the_doctor_names_a_checkpoint_that_does_not_load(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = run(
        "doctor", config, "--paths.train", good, "--paths.dev", good, "--paths.encoder", tmp_path / "absent"
    )
    assert code == 1 and "B001" in output


def test_the_doctor_says_what_lora_needs(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    lora = ("--components.bert_encoder.model.lora_rank", 2)
    paths = ("--paths.train", good, "--paths.dev", good)
    pytest.importorskip("peft")
    code, output = run("doctor", config, *paths, *lora)
    assert code == 0 and "0.0 learn" in output  # of the tiny encoder's weights, in millions
    monkeypatch.setitem(sys.modules, "peft", None)
    code, output = run("doctor", config, *paths, *lora)
    assert code == 1 and "B081" in output


@pytest.mark.parametrize("warmup", [0.1, 200])
def test_the_doctor_asks_for_the_number_of_steps_that_the_schedule_needs(
    config: Path, tmp_path: Path, warmup: float
) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    paths = ("--paths.train", good, "--paths.dev", good, "--training.optimizer.schedule.warmup", warmup)
    code, output = run("doctor", config, *paths, "--training.max_steps", 0)
    assert code == 1 and "B080" in output
    advised = re.search(r"--training.max_steps (\d+)", output)[1]
    code, output = run("doctor", config, *paths, "--training.max_steps", advised)
    assert code == 0 and "An epoch has about 1 steps" in output


def test_the_doctor_names_a_config_that_is_not_valid(config: Path) -> None:
    text = config.read_text(encoding="utf8").replace('decoder = "crf"', 'decoder = "best"')
    config.write_text(text, encoding="utf8")
    code, output = run("doctor", config)
    assert code == 1 and "B010" in output and "decoder" in output


def test_the_doctor_takes_components_of_another_pipeline_whose_checkpoint_is_gone(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    paths = {"paths": {"train": str(good), "dev": str(good)}}
    nlp = init_nlp(load_config(config, overrides=dict_to_dot(paths)))
    create_portable_config_v1()(nlp).to_disk(tmp_path / "pipeline")
    settings = Config().from_disk(config, interpolate=False)
    settings["components"] = {name: {"source": str(tmp_path / "pipeline")} for name in nlp.pipe_names}
    settings.to_disk(tmp_path / "sourced.cfg")
    code, output = examine(tmp_path / "sourced.cfg", good, good)
    assert code == 0 and "Checkpoint: bert_encoder" in output and "pieces per Doc" in output, output


def test_the_doctor_examines_encoders_of_heads(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    settings = Config().from_disk(config, interpolate=False)
    encoder = settings["components"].pop("bert_encoder")["model"]
    settings["nlp"]["pipeline"].remove("bert_encoder")
    settings["components"]["bert_ner"]["model"]["encoder"] = encoder
    settings["components"]["bert_textcat"]["model"]["encoder"] = encoder
    settings.to_disk(tmp_path / "own.cfg")
    code, output = examine(tmp_path / "own.cfg", good, good)
    assert code == 0 and "has no `bert_encoder`" not in output, output
    for name in ("bert_ner", "bert_textcat"):
        assert f"Checkpoint: {name}" in output, output
        assert output.count(f"{name}: Docs 1 tokens 7") == 2, output


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
