"""A partial config is completed with this package's defaults, and what it says stays."""

from pathlib import Path

import pytest
from spacy.language import Language
from spacy.util import load_model_from_config
from thinc.api import Config

from spacy_bert_ext.cli.configs.complete import complete_config
from spacy_bert_ext.cli.configs.tasks import make_config
from spacy_bert_ext.defaults import default_loss, default_settings
from tests.cli.runner import run

PARTIAL = """# Entities of letters.
[paths]
encoder = "some/folder"

[nlp]
lang = "de"
pipeline = ["shared", "names"]

[components.shared]
factory = "bert_encoder"

[components.names]
factory = "bert_ner"
# No CRF.
decoder = "greedy"

[components.names.loss]
class_weights = {"PER": 2.0}

[training]
max_steps = 7
"""


def test_a_partial_config_for_pretraining_is_completed_with_raw_text() -> None:
    text = """
[paths]
encoder = "some/folder"
[nlp]
lang = "de"
pipeline = ["shared", "words"]
[components.shared]
factory = "bert_encoder"
[components.shared.model]
window_pieces = 64
pieces_from = "text"
[components.words]
factory = "bert_pretraining"
mask_by = "token"
"""
    config = completed(text)
    assert config["components"]["words"]["mask_by"] == "token" and config["components"]["words"]["mask_share"] == 0.15
    assert config["training"]["batcher"]["window_pieces"] == 64 and config["training"]["max_epochs"] == -1
    assert config["corpora"]["train"]["pieces_from"] == config["corpora"]["dev"]["pieces_from"].replace(
        "${corpora.train.pieces_from}", "text"
    )
    assert "train" not in config["paths"] and "raw_dev" in config["paths"]
    both = completed(text.replace('"words"]', '"words", "bert_ner"]'))  # trained together, on annotated Docs
    assert both["corpora"]["train"]["@readers"] == "spacy.Corpus.v1" and "train" in both["paths"]


def completed(text: str) -> Config:
    return Config().from_str(complete_config(text), interpolate=False)


def test_what_is_given_stays_and_the_rest_is_filled_in() -> None:
    config = completed(PARTIAL)
    components = config["components"]
    assert set(components) == {"shared", "names"}
    assert components["shared"] == {
        "factory": "bert_encoder",
        **default_settings("bert_encoder")[0],
        "model": {**default_settings("bert_encoder")[0]["model"], "name": "${paths.encoder}"},
    }
    assert components["names"]["decoder"] == "greedy"
    assert components["names"]["loss"] == {**default_loss(), "class_weights": {"PER": 2.0}}
    assert components["names"]["model"]["encoder"]["upstream"] == "shared"
    assert config["training"]["max_steps"] == 7
    assert config["training"]["optimizer"]["@optimizers"] == "spacy-bert-ext.AdamW.v1"
    assert config["training"]["score_weights"]["ents_f"] == 1.0
    load_model_from_config(config, auto_fill=False)


def test_comments_are_those_of_both() -> None:
    text = complete_config(PARTIAL)
    assert text.startswith("# Entities of letters.\n[paths]")
    assert '# No CRF.\ndecoder = "greedy"' in text
    assert "# Dropout on token vectors in training, from 0 to below 1.\ndropout = 0.1" in text


def test_completing_again_changes_nothing() -> None:
    once = complete_config(PARTIAL)
    assert complete_config(once) == once


def test_a_component_of_another_pipeline_is_left_alone() -> None:
    text = PARTIAL.replace('factory = "bert_encoder"', 'source = "pipeline"')
    assert completed(text)["components"]["shared"] == {"source": "pipeline"}


def test_components_of_spacy_get_their_defaults() -> None:
    config = completed('[nlp]\nlang = "en"\npipeline = ["bert_encoder", "sentencizer", "bert_textcat"]\n')
    assert config["components"]["sentencizer"]["factory"] == "sentencizer"
    assert set(config["components"]["sentencizer"]) > {"factory", "overwrite"}
    assert config["training"]["score_weights"]["sents_f"] == config["training"]["score_weights"]["cats_score"] == 0.5


def test_scores_of_spans_are_weighted_by_their_key() -> None:
    text = """[nlp]
lang = "en"
pipeline = ["bert_encoder", "genes", "spancat"]
[components.genes]
factory = "spancat"
spans_key = "own"
"""
    weights = completed(text)["training"]["score_weights"]
    assert weights["spans_own_f"] == weights["spans_sc_f"] == 0.5
    assert completed(text.replace(', "spancat"', ""))["training"]["score_weights"] == {
        "spans_own_f": 1.0,
        "spans_own_p": 0.0,
        "spans_own_r": 0.0,
        **dict.fromkeys(("spans_sc_f", "spans_sc_p", "spans_sc_r")),
    }
    named = completed(text + '[components.spancat]\nfactory = "spancat"\nspans_key = ${vars.key}\n[vars]\nkey = "x"\n')
    assert named["training"]["score_weights"]["spans_sc_f"] == 0.5


def test_a_head_of_another_package_needs_no_edit_here(tmp_path: Path) -> None:
    """Its factory tells its settings and score weights; with the prefix it is a task of its own."""

    @Language.factory(
        "bert_foreign",
        default_config={"colour": "red", "loss": default_loss()},
        default_score_weights={"tag_acc": 1.0},
    )
    def make_foreign(nlp: Language, name: str, colour: str, loss: dict) -> None:
        return None

    for options in (("--task", "foreign"), ("--component", "bert_foreign")):
        code, output = run("init-config", "-", "--offline-ok", *options)
        config = Config().from_str(output, interpolate=False)
        assert code == 0 and config["nlp"]["pipeline"] == ["bert_encoder", "bert_foreign"]
        settings = {"factory": "bert_foreign", "colour": "red", "loss": default_loss()}
        assert config["components"]["bert_foreign"] == settings
        assert config["training"]["score_weights"] == {"tag_acc": 1.0}


def test_an_unknown_factory_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[B321\].*'bert_parser'.*bert_ner"):
        make_config(["bert_parser"], "some/folder", "en")


@pytest.mark.parametrize("text", ['[nlp]\nlang = "en"\n', "[nlp]\npipeline = []\n", "[paths]\n"])
def test_language_and_pipeline_are_needed(text: str) -> None:
    with pytest.raises(ValueError, match=r"\[B322\].*(lang|pipeline).*\[nlp\]"):
        complete_config(text)


def test_a_pipeline_is_a_list() -> None:
    with pytest.raises(ValueError, match=r"\[B324\].*bert_ner"):
        complete_config('[nlp]\nlang = "en"\npipeline = "bert_ner"\n')


OWN_ENCODER = """[nlp]
lang = "en"
pipeline = ["bert_encoder", "bert_ner"]

[components.bert_encoder.model]
name = "some/uncased"
revision = "v2"
window_pieces = 128
context_pieces = 32
"""


def test_the_batcher_counts_pieces_of_the_encoder_as_its_block_has_it() -> None:
    config = completed(OWN_ENCODER)
    assert config["paths"]["encoder"] == "some/uncased"
    assert config["components"]["bert_ner"]["model"]["casing"] is True
    batcher = config["training"]["batcher"]
    assert [batcher[key] for key in ("window_pieces", "context_pieces", "revision")] == [128, 32, "v2"]
    with_batcher = completed(OWN_ENCODER + "[training.batcher]\nwindow_pieces = 64\n")
    assert with_batcher["training"]["batcher"]["window_pieces"] == 64
    head = "[components.bert_ner.model.encoder]\n@architectures = " + '"spacy-bert-ext.BertEncoder.v1"\n'
    own = OWN_ENCODER.replace('["bert_encoder", "bert_ner"]', '["bert_ner"]')
    own = own.replace("[components.bert_encoder.model]\n", head)
    assert completed(own)["paths"]["encoder"] == "some/uncased"


@pytest.mark.parametrize("pipeline", ['["other", "bert_ner"]', '["transformer", "bert_ner"]'])
def test_without_an_encoder_of_its_own_a_config_names_none(pipeline: str) -> None:
    """Its batcher counts tokens, and nothing is downloaded."""
    text = f'[nlp]\nlang = "en"\npipeline = {pipeline}\n[components.other]\nsource = "pipeline"\n'
    if "transformer" in pipeline:
        pytest.importorskip("spacy_transformers")
    config = completed(text)
    assert config["paths"]["encoder"] is None
    assert config["training"]["batcher"]["name"] == "${paths.encoder}"


def test_another_architecture_of_a_head_listens_as_well() -> None:
    model = '[components.bert_ner.model]\n@architectures = "spacy-bert-ext.HuggingFaceTokenClassifier.v1"\n'
    config = completed(OWN_ENCODER + '[components.bert_ner]\ndecoder = "greedy"\n' + model)
    upstream = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "bert_encoder"}
    assert config["components"]["bert_ner"]["model"]["encoder"] == upstream
    load_model_from_config(config, auto_fill=True)
