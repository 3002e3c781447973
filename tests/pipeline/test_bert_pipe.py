"""What spaCy users expect of any component: calls, streams, copies, sourcing, freezing, training, errors."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from thinc.api import Adam, Config

from spacy_bert_ext.heads.model import head_of as model_head_of
from tests.annotated import ENTITIES, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same, changed, entities, weights_of
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import (
    HEADS,
    SETTINGS,
    adamw,
    encoder_config,
    encoder_of,
    head_of,
    learn,
    make_initialized,
    make_nlp,
)
from tests.tiny import make_checkpoint

ALL = ("bert_encoder", *HEADS)


# One by one


@pytest.mark.parametrize("name", ALL)
def test_pipe_gives_what_calls_give(shared_trained: Language, name: str) -> None:
    before = list(ALL[: ALL.index(name)])
    with shared_trained.select_pipes(enable=[*before, name]):
        called = [shared_trained(text) for text in TEXTS]
        for batch_size in (1, 2, 128):
            assert_same(list(shared_trained.pipe(TEXTS, batch_size=batch_size)), called)


@pytest.mark.parametrize("name", HEADS)
def test_predict_changes_no_doc(shared_trained: Language, name: str) -> None:
    docs = [shared_trained.make_doc(text) for text in TEXTS]
    before = [doc.to_bytes() for doc in docs]
    scores = head_of(shared_trained, name).predict(docs)
    assert [doc.to_bytes() for doc in docs] == before
    head_of(shared_trained, name).set_annotations(docs, scores)
    assert [doc.to_bytes() for doc in docs] != before


@pytest.mark.parametrize("name", ALL)
def test_no_docs_give_no_docs(shared_trained: Language, name: str) -> None:
    component = shared_trained.get_pipe(name)
    assert list(component.pipe([])) == []
    component.set_annotations([], component.predict([]))


def test_update_without_examples_does_nothing(trained: Language) -> None:
    before = {name: weights_of(component.shim.module) for name, component in trained.pipeline}
    trained.update([], sgd=adamw())
    trained("Hello")
    assert not any(changed(before[name], component.shim.module) for name, component in trained.pipeline)


@pytest.mark.parametrize("name", ALL)
def test_update_refuses_what_is_no_example(trained: Language, name: str) -> None:
    with raises_code("E978", TypeError):
        trained.get_pipe(name).update([trained.make_doc("Hello")])


@pytest.mark.parametrize("name", ALL)
def test_initialize_refuses_what_gives_no_examples(trained: Language, name: str) -> None:
    with raises_code("E930", TypeError):
        trained.get_pipe(name).initialize(None)


@pytest.mark.parametrize("name", HEADS)
def test_update_without_optimizer_changes_no_weight(trained: Language, name: str) -> None:
    before = weights_of(head_of(trained, name).shim.module)
    losses = trained.update(make_examples(trained), sgd=False, losses={name: 1.0})
    assert losses[name] > 1.0
    assert not changed(before, head_of(trained, name).shim.module)


@pytest.mark.parametrize("name", HEADS)
def test_get_loss_has_the_gradient_of_the_scores(trained: Language, name: str) -> None:
    head, examples = head_of(trained, name), make_examples(trained)
    scores, _ = head.model.begin_update(head.reading_to_learn(examples))
    loss, gradients, _ = head.get_loss(examples, scores)
    tensors = model_head_of(head.model).tensors(scores)
    assert loss > 0
    assert [gradient.shape for gradient in gradients] == [tensor.shape for tensor in tensors]


@pytest.mark.parametrize("name", ALL)
def test_rehearse_says_that_there_is_none(trained: Language, name: str) -> None:
    with raises_code("B025", NotImplementedError):
        trained.get_pipe(name).rehearse(make_examples(trained))


def test_initializing_again_gives_new_weights(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder)
    learn(nlp)
    assert [entities(doc) for doc in nlp.pipe(TEXTS)] == ENTITIES
    nlp.initialize(lambda: make_examples(nlp))
    assert [entities(doc) for doc in nlp.pipe(TEXTS)] != ENTITIES
    fresh = make_initialized(bert_folder)
    assert not changed(weights_of(encoder_of(fresh).shim.module), encoder_of(nlp).shim.module)


# Copies


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda nlp: pickle.loads(pickle.dumps(nlp))], ids=["deepcopy", "pickle"]
)
def test_copies_predict_the_same_and_learn_apart(trained: Language, copied) -> None:
    trained.update(make_examples(trained), sgd=False)  # in the middle of a step
    twin = copied(trained)
    expected = list(trained.pipe(TEXTS))
    assert_same(list(twin.pipe(TEXTS)), expected)
    with counted_passes() as passes:
        list(twin.pipe(TEXTS))
        assert passes.n - passes.n_readings == 1
    originals = {name: weights_of(component.shim.module) for name, component in trained.pipeline}
    learn(twin, steps=2)
    for name, component in trained.pipeline:
        assert not changed(originals[name], component.shim.module)
        assert changed(originals[name], twin.get_pipe(name).shim.module)
    assert_same(list(trained.pipe(TEXTS)), expected)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pipe: pickle.loads(pickle.dumps(pipe))])
def test_an_optimizer_serves_an_original_and_its_copy_apart(bert_folder: str, copied) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",))
    shims = [head_of(nlp, "bert_textcat").shim, copied(nlp).get_pipe("bert_textcat").shim]
    assert shims[0].id != shims[1].id


# Sourcing


def test_encoder_and_heads_sourced_into_another_pipeline(trained: Language, trained_folder: Path) -> None:
    source = spacy.load(trained_folder)
    nlp = spacy.blank("en")
    for name in ("bert_encoder", "bert_ner", "bert_textcat"):
        nlp.add_pipe(name, source=source)
    with counted_passes() as passes:
        docs = list(nlp.pipe(TEXTS))
        assert passes.n == 1
    assert [entities(doc) for doc in docs] == ENTITIES
    with trained.select_pipes(enable=["bert_encoder", "bert_ner", "bert_textcat"]):
        assert_same(docs, list(trained.pipe(TEXTS)))
    learn(nlp, steps=2)


def test_sourced_pipeline_is_saved_and_loaded(trained_folder: Path, tmp_path: Path) -> None:
    source = spacy.load(trained_folder)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", name="encoder", source=source)
    nlp.add_pipe("bert_ner", name="people", source=source)
    nlp.to_disk(tmp_path)
    assert [entities(doc) for doc in spacy.load(tmp_path).pipe(TEXTS)] == ENTITIES


def test_a_head_sourced_onto_another_encoder_uses_that_one(trained_folder: Path, bert_folder: str) -> None:
    source = spacy.load(trained_folder)
    nlp = make_initialized(bert_folder, ("bert_textcat",))
    nlp.add_pipe("bert_ner", source=source)
    assert head_of(nlp, "bert_ner").model.get_ref("encoder").encoder is encoder_of(nlp).shared
    assert encoder_of(source).listening_components == list(HEADS[1:])
    learn(nlp, steps=30)
    assert [entities(doc) for doc in nlp.pipe(TEXTS)] == ENTITIES


def test_a_head_sourced_onto_an_encoder_of_another_width_is_refused(
    trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.tiny.WIDTH", 48)
    nlp = make_initialized(make_checkpoint(tmp_path, "bert"), ("bert_textcat",))
    nlp.add_pipe("bert_ner", source=spacy.load(trained_folder))
    with raises_code("B034"):
        nlp(TEXTS[0])


# Encoders of a head's own


def test_replaced_listener_predicts_the_same_saved_and_loaded(trained: Language, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    assert encoder_of(trained).listening_components == list(HEADS[1:])
    assert_same(list(trained.pipe(TEXTS)), expected)
    trained.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert_same(list(loaded.pipe(TEXTS)), expected)
    without_encoder = spacy.load(tmp_path, exclude=["bert_encoder", *HEADS[1:]])
    assert [entities(doc) for doc in without_encoder.pipe(TEXTS)] == ENTITIES
    data = trained.to_bytes()
    assert_same(list(spacy.blank("en").from_config(trained.config).from_bytes(data).pipe(TEXTS)), expected)


def test_replaced_listener_learns_with_weights_of_its_own(trained: Language) -> None:
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    own = head_of(trained, "bert_ner").own_encoder().shims[0]
    shared_before, own_before = weights_of(encoder_of(trained).shim.module), weights_of(own.module)
    learn(trained, steps=2)
    trained("Hello")
    assert changed(shared_before, encoder_of(trained).shim.module) and changed(own_before, own.module)
    exclude = [*HEADS[1:], "bert_encoder"]
    shared_before, own_before = weights_of(encoder_of(trained).shim.module), weights_of(own.module)
    trained.update(make_examples(trained), sgd=adamw(), exclude=exclude)
    assert changed(own_before, own.module)
    assert not changed(shared_before, encoder_of(trained).shim.module)


@pytest.mark.parametrize("name", HEADS)
def test_a_head_with_an_encoder_of_its_own_learns_and_is_saved(bert_folder: str, tmp_path: Path, name: str) -> None:
    nlp = spacy.blank("en")
    own = {"@architectures": "spacy-bert-ext.BertEncoder.v1", **encoder_config(bert_folder)["model"]}
    nlp.add_pipe(name, config={"model": {"encoder": own}, **SETTINGS.get(name, {})})
    nlp.initialize(lambda: make_examples(nlp))
    first = nlp.update(make_examples(nlp), sgd=adamw())[name]
    assert learn(nlp)[name] < 0.5 * first
    nlp.to_disk(tmp_path)
    assert_same(list(spacy.load(tmp_path).pipe(TEXTS)), list(nlp.pipe(TEXTS)))
    assert_same(list(pickle.loads(pickle.dumps(nlp)).pipe(TEXTS)), list(nlp.pipe(TEXTS)))


# Several encoders, names, order


def test_no_config_is_needed_after_an_encoder(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    for head in HEADS:
        nlp.add_pipe(head, config=SETTINGS.get(head, {}))
    nlp.initialize(lambda: make_examples(nlp))
    assert set(nlp(TEXTS[0]).cats) == {"news", "sport", "order"}


def test_a_head_may_name_its_encoder(bert_folder: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", name="small", config=encoder_config(bert_folder))
    nlp.add_pipe("bert_ner", config={"model": {"encoder": {"upstream": "small"}}})
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp)
    nlp.to_disk(tmp_path)
    assert [entities(doc) for doc in spacy.load(tmp_path).pipe(TEXTS)] == ENTITIES


def test_a_head_that_names_an_encoder_that_is_not_there_is_refused(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    nlp.add_pipe("bert_ner", config={"model": {"encoder": {"upstream": "big"}}})
    with raises_code("B020") as caught:
        nlp.initialize(lambda: make_examples(nlp))
    assert "'bert_ner'" in str(caught.value) and "'big'" in str(caught.value)


def test_a_head_before_its_encoder_is_refused(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_ner")
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    with raises_code("B020"):
        nlp.initialize(lambda: make_examples(nlp))


def test_a_head_without_an_encoder_is_refused(nlp: Language) -> None:
    nlp.add_pipe("bert_textcat")
    with raises_code("B020"):
        nlp.initialize(lambda: make_examples(nlp))


def test_two_encoders_feed_the_heads_that_name_them(bert_folder: str, roberta_folder: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", name="one", config=encoder_config(bert_folder))
    nlp.add_pipe("bert_encoder", name="two", config=encoder_config(roberta_folder))
    nlp.add_pipe("bert_ner", config={"model": {"encoder": {"upstream": "one"}}})
    nlp.add_pipe("bert_textcat")  # any: the nearest one before it
    assert encoder_of(nlp, "one").listening_components == ["bert_ner"]
    assert encoder_of(nlp, "two").listening_components == ["bert_textcat"]
    nlp.initialize(lambda: make_examples(nlp))
    before = [weights_of(encoder_of(nlp, name).shim.module) for name in ("one", "two")]
    learn(nlp)
    assert all(changed(b, encoder_of(nlp, name).shim.module) for b, name in zip(before, ("one", "two")))
    docs = list(nlp.pipe(TEXTS))
    assert [entities(doc) for doc in docs] == ENTITIES
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert_same(list(loaded.pipe(TEXTS)), docs)
    assert encoder_of(loaded, "two").listening_components == ["bert_textcat"]


def test_a_renamed_encoder_goes_on_feeding_its_heads(trained: Language, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    trained.rename_pipe("bert_encoder", "renamed")
    trained.rename_pipe("bert_ner", "people")
    assert_same(list(trained.pipe(TEXTS)), expected)
    learn(trained, steps=2)
    expected = list(trained.pipe(TEXTS))
    trained.to_disk(tmp_path)
    assert_same(list(spacy.load(tmp_path).pipe(TEXTS)), expected)


# Running


def test_several_processes_give_what_one_gives(shared_trained: Language) -> None:
    expected = list(shared_trained.pipe(TEXTS * 4))
    found = list(shared_trained.pipe(TEXTS * 4, n_process=2, batch_size=3))
    assert_same(found, expected)


def test_processes_do_not_hang_after_prediction_with_several_threads(trained_folder: Path) -> None:
    program = f"""
import spacy, torch
nlp = spacy.load({str(trained_folder)!r})
torch.set_num_threads(2)
texts = ["Angela Merkel visited Barack Obama in Washington . " * 20] * 40
expected = [len(doc.ents) for doc in nlp.pipe(texts)]
found = [len(doc.ents) for doc in nlp.pipe(texts, n_process=2, batch_size=10)]
assert found == expected and expected[0] > 10
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_streams_of_texts_with_context(shared_trained: Language) -> None:
    pairs = list(shared_trained.pipe([(text, i) for i, text in enumerate(TEXTS)], as_tuples=True))
    assert [context for _, context in pairs] == [0, 1, 2]
    assert [entities(doc) for doc, _ in pairs] == ENTITIES


def test_memory_zones_change_nothing(trained: Language, trained_folder: Path) -> None:
    expected = [entities(trained(text)) for text in TEXTS]
    for _ in range(3):
        with trained.memory_zone():
            found = [entities(doc) for doc in trained.pipe([*TEXTS, "zone only words : frobnicate quuxly"])]
        assert found[:3] == expected
    assert "frobnicate" not in trained.vocab.strings
    # Texts that were first seen in a zone are still understood after it.
    text = "zone only words : frobnicate quuxly"
    assert_same([trained(text)], [spacy.load(trained_folder)(text)])


# Training by spaCy's own loop


def write_corpus(nlp: Language, folder: Path) -> Path:
    path = folder / "train.spacy"
    DocBin(docs=[eg.reference for eg in make_examples(nlp)] * 4, store_user_data=True).to_disk(path)
    return path


def training_config(nlp: Language, corpus: Path, **training) -> Config:
    config = nlp.config.copy()
    config["paths"]["train"] = config["paths"]["dev"] = str(corpus)
    config["training"].update({"max_steps": 12, "eval_frequency": 4, "patience": 0, "max_epochs": 0, **training})
    config["training"]["optimizer"] = {
        "@optimizers": "spacy-bert-ext.AdamW.v1",
        "encoder_learn_rate": 0.001,
        "head_learn_rate": 0.01,
    }
    config["training"]["batcher"] = {"@batchers": "spacy-bert-ext.batch_by_pieces.v1", "max_batch_pieces": 256}
    config["training"]["logger"] = {"@loggers": "spacy.ConsoleLogger.v1", "progress_bar": False}
    return config


def run_training(config: Config, output: Path) -> Language:
    """`spacy train`, giving the last model."""
    nlp = init_nlp(config, use_gpu=-1)
    output.mkdir()
    train(nlp, output, use_gpu=-1)
    return spacy.load(output / "model-last")


def source_from(config: Config, folder: Path, *names: str) -> None:
    for name in names:
        config["components"][name] = {"source": str(folder)}


def test_spacy_train_learns_everything(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder)
    config = training_config(nlp, write_corpus(nlp, tmp_path), max_steps=30, eval_frequency=10)
    trained = run_training(config, tmp_path / "out")
    assert [entities(doc) for doc in trained.pipe(TEXTS)] == ENTITIES
    assert trained.meta["performance"]["ents_f"] == 1.0
    assert trained.meta["performance"]["cats_score"] == 1.0


@pytest.mark.parametrize("frozen", [["bert_encoder"], ["bert_ner"], list(HEADS[1:])])
def test_spacy_train_keeps_frozen_components(
    trained_folder: Path, trained: Language, tmp_path: Path, frozen: list[str]
) -> None:
    config = training_config(trained, write_corpus(trained, tmp_path), frozen_components=frozen, max_steps=4)
    source_from(config, trained_folder, *ALL)
    after = run_training(config, tmp_path / "out")
    for name, component in trained.pipeline:
        assert changed(weights_of(component.shim.module), after.get_pipe(name).shim.module) == (name not in frozen)


def test_spacy_train_adds_a_head_to_a_frozen_encoder(trained_folder: Path, bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    config = training_config(nlp, write_corpus(nlp, tmp_path), frozen_components=["bert_encoder"])
    source_from(config, trained_folder, "bert_encoder")
    after = run_training(config, tmp_path / "out")
    before = weights_of(encoder_of(spacy.load(trained_folder)).shim.module)
    assert not changed(before, encoder_of(after).shim.module)
    assert after.meta["performance"]["cats_score"] == 1.0


def test_spacy_train_with_annotating_components(trained_folder: Path, trained: Language, tmp_path: Path) -> None:
    """Components that learn see what the annotating ones set."""
    seen = []

    @Language.component("sees_entities")
    def sees_entities(doc: Doc) -> Doc:
        seen.append(entities(doc))
        return doc

    trained.add_pipe("sees_entities")
    config = training_config(
        trained,
        write_corpus(trained, tmp_path),
        frozen_components=["bert_ner"],
        annotating_components=["bert_encoder", "bert_ner", "sees_entities"],
        max_steps=2,
        eval_frequency=2,
    )
    source_from(config, trained_folder, *ALL)
    run_training(config, tmp_path / "out")
    assert seen[0] in ENTITIES and any(seen)


def test_spacy_train_with_replaced_listeners(trained_folder: Path, trained: Language, tmp_path: Path) -> None:
    config = training_config(trained, write_corpus(trained, tmp_path), max_steps=2, eval_frequency=2)
    config["nlp"]["pipeline"] = ["bert_ner"]
    config["components"] = {"bert_ner": {"source": str(trained_folder), "replace_listeners": ["model.encoder"]}}
    after = run_training(config, tmp_path / "out")
    assert after.pipe_names == ["bert_ner"]
    assert [entities(doc) for doc in after.pipe(TEXTS)] == ENTITIES


def test_spacy_train_saves_averaged_weights(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    config = training_config(nlp, write_corpus(nlp, tmp_path), max_steps=4, eval_frequency=4)
    config["training"]["optimizer"] = {"@optimizers": "Adam.v1", "learn_rate": 0.01, "use_averages": True}
    learner = init_nlp(config, use_gpu=-1)
    (tmp_path / "out").mkdir()
    train(learner, tmp_path / "out", use_gpu=-1)
    best = spacy.load(tmp_path / "out" / "model-best")
    for name, component in learner.pipeline:
        assert changed(weights_of(component.shim.module), best.get_pipe(name).shim.module)


def test_averages_reach_encoder_and_head_and_leave_again(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",))
    sgd = Adam(0.01)
    learn(nlp, steps=5, sgd=sgd)
    for _, component in nlp.pipeline:
        before = weights_of(component.shim.module)
        averages = {name: average for (key, name), average in sgd.averages.items() if key == component.shim.id}
        learned = {name for name, weight in before.items() if name in averages}
        assert learned
        with nlp.use_params(sgd.averages):
            for name, weight in component.shim.module.named_parameters():
                if name in learned:
                    np.testing.assert_allclose(weight.detach().numpy(), averages[name], atol=1e-6)
            within = nlp(TEXTS[0]).cats
            assert changed(before, component.shim.module)
        assert not changed(before, component.shim.module)
        assert nlp(TEXTS[0]).cats != within


def test_same_seed_gives_the_same_weights(bert_folder: str, tmp_path: Path) -> None:
    weights = []
    for run in range(2):
        nlp = make_nlp(bert_folder)
        config = training_config(nlp, write_corpus(nlp, tmp_path), max_steps=6)
        trained = run_training(config, tmp_path / str(run))
        weights.append([weights_of(component.shim.module) for _, component in trained.pipeline])
    for first, second in zip(*weights):
        assert all(torch.equal(first[name], second[name]) for name in first)


def test_resume_training_goes_on_with_the_learned_weights(trained: Language) -> None:
    sgd = trained.resume_training(sgd=adamw())
    losses = trained.update(make_examples(trained), sgd=sgd)
    assert losses["bert_textcat"] < 0.5
    assert [entities(doc) for doc in trained.pipe(TEXTS)] == ENTITIES


def test_spacys_own_components_learn_beside_ours(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    nlp.add_pipe("ner")
    nlp.initialize(lambda: make_examples(nlp))
    first = nlp.update(make_examples(nlp), sgd=adamw())
    last = learn(nlp, steps=40)
    assert last["ner"] < first["ner"] and last["bert_textcat"] < first["bert_textcat"]


def test_analysis_of_the_pipeline_finds_no_problem(shared_trained: Language) -> None:
    problems = shared_trained.analyze_pipes()["problems"]
    assert not any(problems.values())
