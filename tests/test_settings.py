"""Numbers in settings: what counts as one, wherever a setting takes one."""

from importlib.metadata import version
from math import inf, nan

import pytest

from spacy_bert_ext import with_context
from spacy_bert_ext.architectures import (
    build_bert_encoder_v1,
    build_text_classifier_v1,
    build_tok2vec_listener_v1,
    build_token_classifier_v1,
)
from spacy_bert_ext.settings import check_number, check_whole_number, from_0_to_1
from spacy_bert_ext.sharing.listener import EncoderListener
from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1
from spacy_bert_ext.training.optimizer import create_adamw_v1
from spacy_bert_ext.training.schedules import create_warmup_v1
from tests.coded import raises_code
from tests.pipeline.pipelines import make_nlp

ENCODER = ("window_pieces", "overlap_pieces", "context_pieces", "unfreeze_step", "lora_rank", "lora_alpha")
OPTIMIZER = (
    "encoder_learn_rate",
    "head_learn_rate",
    "layer_decay",
    "weight_decay",
    "beta1",
    "beta2",
    "eps",
    "grad_clip",
)
LOSS = ("label_smoothing", "focal_gamma", "weight")
BATCHER = ("max_batch_pieces", "max_batch_docs", "buffer_docs", "window_pieces", "context_pieces")
BUILDERS = [
    *((lambda x, name=name: build_bert_encoder_v1("folder", **{name: x})) for name in ENCODER),
    *((lambda x, name=name: create_adamw_v1(**{name: x})) for name in OPTIMIZER),
    *((lambda x, name=name: create_batch_by_pieces_v1(**{name: x})) for name in BATCHER),
    lambda x: build_token_classifier_v1(EncoderListener("*"), dropout=x),
    lambda x: build_text_classifier_v1(EncoderListener("*"), dropout=x),
    lambda x: build_tok2vec_listener_v1(grad_factor=x),
    lambda x: create_warmup_v1(shape="constant", warmup=x, total_steps=10),
    lambda x: create_warmup_v1(lowest=x, total_steps=10),
    lambda x: create_warmup_v1(shape="constant", warmup=0, total_steps=x),
    lambda x: list(with_context([], context_tokens=x)),
]
BUILDERS_OF_CONFIGS = [
    *((lambda x, name=name: make_nlp("folder", ()).add_pipe("bert_ner", config={"loss": {name: x}})) for name in LOSS),
    lambda x: make_nlp("folder", ()).add_pipe("bert_ner", config={"min_score": x}),
    lambda x: make_nlp("folder", ()).add_pipe("bert_ner", config={"loss": {"class_weights": {"O": x}}}),
    lambda x: make_nlp("folder", ()).add_pipe("bert_textcat", config={"threshold": x}),
    lambda x: make_nlp("folder", ()).add_pipe("bert_textcat_multilabel", config={"threshold": x}),
    lambda x: make_nlp("folder", ()).add_pipe("bert_encoder", "other", config={"max_batch_pieces": x}),
    lambda x: make_nlp("folder", ()).add_pipe("bert_encoder", "other", config={"layers": [x]}),
]
# Older versions of confection, which thinc 8.3.2 needs, make 1.0 of it before we see it.
is_read_as_written = pytest.mark.skipif(version("confection") < "1", reason="confection makes numbers of it")


@pytest.mark.parametrize("build", BUILDERS)
def test_true_is_no_number(build):
    with pytest.raises(ValueError, match=r"\[B077\].*= True"):
        build(True)


@is_read_as_written
@pytest.mark.parametrize("build", BUILDERS_OF_CONFIGS)
def test_true_is_no_number_in_configs(build):
    # spaCy's own check tells of some.
    with pytest.raises(ValueError, match=r"\[B077\].*= True|True is not <class"):
        build(True)


@pytest.mark.parametrize("found", [nan, inf, -inf])
@pytest.mark.parametrize("build", [*BUILDERS, *BUILDERS_OF_CONFIGS])
def test_numbers_that_are_not_finite_are_in_no_range(build, found):
    with pytest.raises(ValueError, match=rf"B012|B077|{found}"):
        build(found)


def test_freeze_true_is_no_number_of_layers(bert_folder):
    with raises_code("B010", match="True.*freeze"):
        build_bert_encoder_v1(bert_folder, window_pieces=128, freeze=True).initialize()


def test_whole_numbers():
    check_whole_number("n", 2, 2)
    for found, code in ((1, "B012"), (2.0, "B012"), ("2", "B077"), (None, "B077"), (False, "B077")):
        with raises_code(code, match="`n = .*a whole number of 2 or more"):
            check_whole_number("n", found, 2)


def test_numbers():
    for found in (0, 1, 0.5):
        check_number("n", found, from_0_to_1, "from 0 to 1")
    for found, code in ((-0.1, "B012"), (nan, "B012"), ("1", "B077"), (True, "B077")):
        with raises_code(code, match="`n = .*from 0 to 1"):
            check_number("n", found, from_0_to_1, "from 0 to 1")
