"""`spacy train` on Universal-Dependencies-style data: encoder, tagger, parser, lemmatizer, entities, categories."""

from pathlib import Path

import pytest
import spacy
from spacy.cli.train import train as train_command
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config
from thinc.api import Config

from spacy_bert_ext.encoder import ahead
from spacy_bert_ext.encoder import model as encoder_model
from tests.interop.spacy_heads import annotated
from tests.interop.treebank import make_treebank, treebank_examples
from tests.pipeline.passes import Counter
from tests.pipeline.pipelines import encoder_of

CONFIG = """
[paths]
train = null
dev = null
encoder = null

[nlp]
lang = "en"
pipeline = ["bert_encoder", "tagger", "parser", "trainable_lemmatizer", "bert_ner", "bert_textcat"]

[components]

[components.bert_encoder]
factory = "bert_encoder"

[components.bert_encoder.model]
@architectures = "spacy-bert-ext.BertEncoder.v1"
name = ${paths.encoder}
window_pieces = 128
precision = "fp32"
device = "cpu"

[components.tagger]
factory = "tagger"

[components.tagger.model]
@architectures = "spacy.Tagger.v2"

[components.tagger.model.tok2vec]
@architectures = "spacy-bert-ext.Tok2VecListener.v1"

[components.parser]
factory = "parser"
min_action_freq = 1

[components.parser.model]
@architectures = "spacy.TransitionBasedParser.v2"
state_type = "parser"
extra_state_tokens = false
hidden_width = 64
maxout_pieces = 2
use_upper = true

[components.parser.model.tok2vec]
@architectures = "spacy-bert-ext.Tok2VecListener.v1"

[components.trainable_lemmatizer]
factory = "trainable_lemmatizer"
min_tree_freq = 1

[components.trainable_lemmatizer.model]
@architectures = "spacy.Tagger.v2"

[components.trainable_lemmatizer.model.tok2vec]
@architectures = "spacy-bert-ext.Tok2VecListener.v1"

[components.bert_ner]
factory = "bert_ner"

[components.bert_textcat]
factory = "bert_textcat"

[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${paths.dev}

[training]
seed = 0
gpu_allocator = null
max_steps = 40
eval_frequency = 20
patience = 0

[training.optimizer]
@optimizers = "spacy-bert-ext.AdamW.v1"
encoder_learn_rate = 0.001
head_learn_rate = 0.01

[training.batcher]
@batchers = "spacy-bert-ext.batch_by_pieces.v1"
max_batch_pieces = 256

[training.logger]
@loggers = "spacy.ConsoleLogger.v1"
progress_bar = false
"""
SCORES = ("tag_acc", "dep_uas", "dep_las", "lemma_acc", "ents_f", "cats_score")


@pytest.fixture
def config_path(bert_folder: str, tmp_path: Path) -> Path:
    corpus = tmp_path / "treebank.spacy"
    DocBin(docs=make_treebank() * 4, store_user_data=True).to_disk(corpus)
    config = Config().from_str(CONFIG, interpolate=False)
    config["paths"].update(train=str(corpus), dev=str(corpus), encoder=bert_folder)
    config.to_disk(tmp_path / "config.cfg")
    return tmp_path / "config.cfg"


def counted(patch: pytest.MonkeyPatch, owner: object, name: str) -> Counter:
    """Counts the calls of a function from now on."""
    counter, function = Counter(), getattr(owner, name)

    def call(*args, **kwargs):
        counter()
        return function(*args, **kwargs)

    patch.setattr(owner, name, call)
    return counter


def test_six_components_train_in_one_spacy_train(config_path: Path, tmp_path: Path) -> None:
    train_command(config_path, tmp_path / "out")
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert len(nlp.pipe_names) == 6
    scores = nlp.evaluate(treebank_examples(nlp))
    assert {name: scores[name] for name in SCORES} == dict.fromkeys(SCORES, 1.0)
    nlp.to_disk(tmp_path / "again")
    assert annotated(spacy.load(tmp_path / "again")) == annotated(nlp)
    for path in (tmp_path / "again").rglob("*"):
        assert not path.is_file() or b"torch._utils" not in path.read_bytes()


@pytest.mark.parametrize("accumulate_gradient", [1, 2])
def test_each_step_costs_one_pass(
    config_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accumulate_gradient: int
) -> None:
    overrides = {"training.max_steps": 6, "training.eval_frequency": 3}
    overrides["training.accumulate_gradient"] = accumulate_gradient
    nlp = init_nlp(load_config(config_path, overrides=overrides), use_gpu=-1)
    (tmp_path / "out").mkdir()
    updates = counted(monkeypatch, Language, "update")
    evaluations = counted(monkeypatch, Language, "evaluate")
    training_passes = counted(monkeypatch, encoder_model, "encode_with_gradients")
    predicting_passes = counted(monkeypatch, ahead, "encoded_docs")  # a stream's
    other_passes = counted(monkeypatch, encoder_model, "predict")

    train(nlp, tmp_path / "out", use_gpu=-1)
    assert updates.n == training_passes.n == 7 * accumulate_gradient
    assert evaluations.n == predicting_passes.n == 3
    assert other_passes.n == 0


def test_the_order_of_updates_makes_no_difference_to_passes(config_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = init_nlp(load_config(config_path), use_gpu=-1)
    sgd = nlp.create_optimizer()
    training_passes = counted(monkeypatch, encoder_model, "encode_with_gradients")
    predicting_passes = counted(monkeypatch, encoder_model, "predict")
    for n_steps in (1, 2, 3):
        nlp.update(treebank_examples(nlp), sgd=sgd)
        assert encoder_of(nlp).shared.step is None
        assert (training_passes.n, predicting_passes.n) == (n_steps, 0)
