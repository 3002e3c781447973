"""Class weights, label smoothing, focal loss and loss weight as settings of the components."""

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import torch
from spacy.cli.init_config import fill_config
from spacy.language import Language
from spacy.util import load_config, load_model_from_config
from thinc.api import Config

from spacy_bert_ext.defaults import default_loss
from spacy_bert_ext.losses.controls import LossControls
from tests.annotated import BEST, DATA, ENTITIES, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import entities
from tests.pipeline.gradients import assert_gradients_equal, recorded, switch_off_dropout, update_at_once
from tests.pipeline.pipelines import HEADS, head_of, learn, make_nlp

CONTROLS = {"label_smoothing": 0.1, "focal_gamma": 1.0, "weight": 0.5}
# Tokens of the three texts: 4 of PERSON, 1 of GPE, 4 of ORG, 15 of none.
BALANCED = {"GPE": 24 / 4, "ORG": 24 / 16, "PERSON": 24 / 16, "O": 24 / 60}


def make_head(folder: str, name: str, data: list[tuple[str, dict]] = DATA, **settings: Any) -> Language:
    nlp = make_nlp(folder, heads=())
    nlp.add_pipe(name, config=settings)
    nlp.initialize(lambda: make_examples(nlp, data))
    return nlp


# Settings


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("weights", [None, "balanced", {"a": 2.0, "b": 0.5}])
def test_settings_are_read_back_and_survive_text(nlp: Language, name: str, weights: Any) -> None:
    head = nlp.add_pipe(name, config={"loss": {"class_weights": weights, **CONTROLS}})
    assert head.controls == LossControls(weights, 0.1, 1.0, 0.5)
    again = load_model_from_config(Config().from_str(nlp.config.to_str()), auto_fill=False)
    assert head_of(again, name).controls == head.controls


@pytest.mark.parametrize("name", HEADS)
def test_one_setting_is_given_on_the_command_line_and_the_others_are_filled_in(name: str, tmp_path: Path) -> None:
    text = f'[nlp]\nlang = "en"\npipeline = ["{name}"]\n[components]\n[components.{name}]\nfactory = "{name}"\n'
    (tmp_path / "base.cfg").write_text(text, encoding="utf8")
    fill_config(tmp_path / "config.cfg", tmp_path / "base.cfg", silent=True)
    config = load_config(tmp_path / "config.cfg", {f"components.{name}.loss.focal_gamma": 2})
    assert config["components"][name]["loss"] == {**default_loss(), "focal_gamma": 2}
    nlp = load_model_from_config(config, auto_fill=False)
    assert head_of(nlp, name).controls == LossControls(focal_gamma=2)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"class_weights": "even"}, "B075"),
        ({"class_weights": {"news": -1.0}}, "B012"),
        ({"label_smoothing": 1.0}, "B012"),
        ({"focal_gamma": -1.0}, "B012"),
        ({"weight": 0.0}, "B012"),
        ({"gamma": 2.0}, "B320"),
    ],
)
def test_bad_settings_are_refused(nlp: Language, name: str, settings: dict, code: str) -> None:
    with raises_code(code):
        nlp.add_pipe(name, config={"loss": settings})


@pytest.mark.parametrize("name", HEADS)
def test_weights_of_unknown_labels_are_refused_before_anything_changes(bert_folder: str, name: str) -> None:
    nlp = make_nlp(bert_folder, heads=())
    head = nlp.add_pipe(name, config={"loss": {"class_weights": {"no such label": 2.0}}})
    with raises_code("B076") as caught:
        nlp.initialize(lambda: make_examples(nlp))
    assert ("O" in str(caught.value).split("Its classes are: ")[1].split(".")[0].split(", ")) == (name == "bert_ner")
    assert head.labels == () and head.shim.module is None


@pytest.mark.parametrize("decoder", ["greedy", "constrained", "crf"])
@pytest.mark.parametrize("controls", [{"class_weights": "balanced"}, CONTROLS])
def test_entities_are_learned_with_every_decoder(bert_folder: str, decoder: str, controls: dict) -> None:
    nlp = make_head(bert_folder, "bert_ner", decoder=decoder, loss=controls)
    learn(nlp, steps=60)
    assert [entities(doc) for doc in nlp.pipe(TEXTS)] == ENTITIES


@pytest.mark.parametrize("name", ["bert_textcat", "bert_textcat_multilabel"])
@pytest.mark.parametrize("controls", [{"class_weights": "balanced"}, CONTROLS])
def test_categories_are_learned(bert_folder: str, name: str, controls: dict) -> None:
    nlp = make_head(bert_folder, name, loss=controls)
    learn(nlp, steps=60)
    assert [max(doc.cats, key=doc.cats.get) for doc in nlp.pipe(TEXTS)] == BEST


@pytest.mark.parametrize("name", HEADS)
def test_controls_reach_the_loss(bert_folder: str, name: str) -> None:
    nlp = make_head(bert_folder, name)
    head, examples = head_of(nlp, name), make_examples(nlp)
    switch_off_dropout(nlp)
    scores, _ = head.model.begin_update([eg.predicted for eg in examples])
    plain, found = head.get_loss(examples, scores).value, set()
    for controls in (
        LossControls(class_weights={head.labels[0]: 3.0}),
        LossControls(label_smoothing=0.3),
        LossControls(focal_gamma=2.0),
    ):
        head.controls = controls
        found.add(round(head.get_loss(examples, scores).value, 4))
    assert len(found | {round(plain, 4)}) == 4


# The loss of a head beside others


@pytest.mark.parametrize("name", HEADS)
def test_the_weight_scales_the_reported_loss_and_all_gradients(bert_folder: str, name: str) -> None:
    nlp = make_head(bert_folder, name)
    switch_off_dropout(nlp)
    examples = make_examples(nlp)
    loss, before = nlp.update(examples, sgd=False)[name], recorded(nlp, update_at_once, examples).gradients[-1]
    head_of(nlp, name).controls = LossControls(weight=2.5)
    nlp.get_pipe("bert_encoder").shared.discard_step()
    assert nlp.update(examples, sgd=False)[name] == pytest.approx(2.5 * loss, rel=1e-5)
    nlp.get_pipe("bert_encoder").shared.discard_step()
    after = recorded(nlp, update_at_once, examples).gradients[-1]
    assert_gradients_equal(after, {key: 2.5 * gradient for key, gradient in before.items()})


# Balanced weights


def test_balanced_weights_of_entities_are_those_of_tokens(bert_folder: str) -> None:
    nlp = make_head(bert_folder, "bert_ner", loss={"class_weights": "balanced"})
    ner = head_of(nlp, "bert_ner")
    assert ner.cfg["balanced_weights"] == pytest.approx(BALANCED)
    assert ner.class_weights().tolist() == pytest.approx([6, 1.5, 1.5, 0.4])
    # Tags of GPE, ORG, PERSON and then, first of all, O.
    assert ner.class_weights()[ner.tags.labels].tolist() == pytest.approx([0.4] + [6] * 4 + [1.5] * 8)


def test_tokens_that_are_not_annotated_are_not_counted(bert_folder: str) -> None:
    data = [(TEXTS[0], {"entities": ["U-GPE", "-", "O", "-", "-", "-", "-", "-"]}), DATA[2]]
    ner = head_of(make_head(bert_folder, "bert_ner", data, loss={"class_weights": "balanced"}), "bert_ner")
    # The first Doc has one token of GPE and one of none, the other one seven of none.
    assert ner.cfg["balanced_weights"] == pytest.approx({"GPE": 9 / 2, "O": 9 / 16})


def test_balanced_weights_of_exclusive_categories(bert_folder: str) -> None:
    cats = [{"a": 1.0, "b": 0.0}, {"a": 1.0}, {"a": 0.5, "b": 0.5}, {"b": 0.0}, {}]
    data = [(TEXTS[0], {"cats": values}) for values in cats]
    textcat = head_of(make_head(bert_folder, "bert_textcat", data, loss={"class_weights": "balanced"}), "bert_textcat")
    # 2.5 Docs are of a, 0.5 of b.
    assert textcat.cfg["balanced_weights"] == pytest.approx({"a": 3 / 5, "b": 3})


def test_balanced_weights_of_independent_categories(bert_folder: str) -> None:
    cats = [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0}, {"b": 0.0}, {"a": 0.75, "b": 0.0}]
    data = [(TEXTS[0], {"cats": values}) for values in cats]
    nlp = make_head(bert_folder, "bert_textcat_multilabel", data, loss={"class_weights": "balanced"})
    found = head_of(nlp, "bert_textcat_multilabel").cfg["balanced_weights"]
    assert found == pytest.approx({"a": 1.25 / 1.75, "b": 3.0})


def test_only_given_labels_are_counted(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, heads=())
    textcat = nlp.add_pipe("bert_textcat", config={"loss": {"class_weights": "balanced"}})
    data = [(text, {"cats": {**annotation["cats"], "of another": 7.0}}) for text, annotation in DATA]
    nlp.config["initialize"]["components"]["bert_textcat"] = {"labels": ["news", "sport", "order"]}
    nlp.initialize(lambda: make_examples(nlp, data))
    assert textcat.cfg["balanced_weights"] == pytest.approx({"news": 1, "sport": 1, "order": 1})


@pytest.mark.parametrize(
    ("name", "lacking"),
    [("bert_ner", "PRODUCT"), ("bert_textcat", "weather"), ("bert_textcat_multilabel", "weather, always")],
)
def test_labels_without_examples_get_weight_1_and_a_warning(bert_folder: str, name: str, lacking: str) -> None:
    nlp = make_nlp(bert_folder, heads=())
    head = nlp.add_pipe(name, config={"loss": {"class_weights": "balanced"}})
    new = lacking.split(", ")
    for label in new:
        head.add_label(label)
    data = DATA
    if "always" in new:
        data = [(text, {"cats": {**annotation["cats"], "always": 1.0}}) for text, annotation in DATA]
    with pytest.warns(UserWarning, match=rf"\[B105\].*'{name}' can't weigh {len(new)} of .*weight 1: {lacking}\."):
        nlp.initialize(lambda: make_examples(nlp, data))
    assert {head.cfg["balanced_weights"][label] for label in new} == {1.0}
    assert np.isfinite(list(head.cfg["balanced_weights"].values())).all()


def test_labels_that_all_have_examples_give_no_warning(bert_folder: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for name in HEADS:
            make_head(bert_folder, name, loss={"class_weights": "balanced"})


def test_balanced_weights_stay_with_the_component(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_head(bert_folder, "bert_ner", loss={"class_weights": "balanced"})
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    sourced = spacy.blank("en")
    sourced.add_pipe("bert_encoder", source=loaded)
    sourced.add_pipe("bert_ner", source=loaded)
    ner = head_of(nlp, "bert_ner")
    from_bytes = copy.deepcopy(ner).from_bytes(ner.to_bytes())
    for one in (head_of(loaded, "bert_ner"), head_of(sourced, "bert_ner"), copy.deepcopy(ner), from_bytes):
        assert one.cfg["balanced_weights"] == pytest.approx(BALANCED)
        assert one.controls == LossControls("balanced")
    pickled = pickle.loads(pickle.dumps(ner))
    assert pickled.class_weights().tolist() == ner.class_weights().tolist()


def test_a_table_comes_from_the_config_that_is_loaded(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_head(bert_folder, "bert_ner", loss={"class_weights": {"GPE": 2.0}})
    nlp.to_disk(tmp_path)
    assert head_of(spacy.load(tmp_path), "bert_ner").class_weights().tolist() == [2, 1, 1, 1]
    other = spacy.load(tmp_path, config={"components": {"bert_ner": {"loss": {"class_weights": {"O": 0.1}}}}})
    assert head_of(other, "bert_ner").class_weights().tolist() == [2, 1, 1, 0.1]  # spaCy merges tables


def test_weights_of_unknown_labels_in_a_config_that_is_loaded_are_refused_in_training(
    bert_folder: str, tmp_path: Path
) -> None:
    make_head(bert_folder, "bert_ner", loss={"class_weights": {"GPE": 2.0}}).to_disk(tmp_path)
    nlp = spacy.load(tmp_path, config={"components": {"bert_ner": {"loss": {"class_weights": {"PRODUCT": 3.0}}}}})
    assert nlp(TEXTS[0]) is not None  # it predicts
    with raises_code("B076", match="PRODUCT"):
        nlp.update(make_examples(nlp), sgd=False)
    head_of(nlp, "bert_ner").add_label("PRODUCT")
    nlp.update(make_examples(nlp), sgd=False)


def test_balancing_what_was_never_counted_is_refused(bert_folder: str, tmp_path: Path) -> None:
    make_head(bert_folder, "bert_ner").to_disk(tmp_path)
    nlp = spacy.load(tmp_path, config={"components": {"bert_ner": {"loss": {"class_weights": "balanced"}}}})
    assert nlp(TEXTS[0]) is not None  # it predicts
    with raises_code("B078"):
        nlp.update(make_examples(nlp), sgd=False)


@pytest.mark.parametrize("weights", ["balanced", {"O": 0.4}])
def test_a_label_that_is_added_later_has_weight_1(bert_folder: str, weights: Any) -> None:
    nlp = make_head(bert_folder, "bert_ner", loss={"class_weights": weights})
    ner = head_of(nlp, "bert_ner")
    ner.add_label("PRODUCT")
    assert ner.class_weights()[-2:].tolist() == pytest.approx([1.0, 0.4])
    data = [(TEXTS[2], {"entities": [(6, 16, "PRODUCT")]})]
    assert torch.isfinite(torch.tensor(nlp.update(make_examples(nlp, data), sgd=False)["bert_ner"]))


def test_initializing_again_counts_again(bert_folder: str) -> None:
    nlp = make_head(bert_folder, "bert_ner", loss={"class_weights": "balanced"})
    ner = head_of(nlp, "bert_ner")
    nlp.initialize(lambda: make_examples(nlp, DATA[:2]))
    assert ner.cfg["balanced_weights"] == pytest.approx(
        {"GPE": 17 / 4, "ORG": 17 / 16, "PERSON": 17 / 16, "O": 17 / 32}
    )


@pytest.mark.parametrize("weights", ["balanced", {"O": 2.0}])
def test_weights_of_a_label_that_has_the_name_of_the_outside_class_are_refused(bert_folder: str, weights) -> None:
    data = [("blood of type O", {"entities": [(14, 15, "O")]})]
    nlp = make_nlp(bert_folder, ())
    nlp.add_pipe("bert_ner", config={"loss": {"class_weights": weights}})
    with raises_code("B156", match="both have the name 'O'"):
        nlp.initialize(lambda: make_examples(nlp, data))
    nlp = make_nlp(bert_folder, ("bert_ner",))
    nlp.initialize(lambda: make_examples(nlp, data))
    # Counts are of one token inside and three outside, each increased by 1; a label has four tags.
    biases = head_of(nlp, "bert_ner").shim.module.output.bias.detach().numpy()
    assert biases == pytest.approx(np.log([4 / 6, *[2 / 6 / 4] * 4]))
    learn(nlp, make_examples(nlp, data))
    assert entities(nlp(data[0][0])) == [("O", "O")]
