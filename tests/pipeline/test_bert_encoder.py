"""The encoder component: its settings, vectors that stay on Docs, listeners."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from safetensors.torch import load_file
from spacy.language import Language
from spacy.tokens import Doc
from transformers import AutoModel, AutoTokenizer
from transformers.utils import ModelOutput

from spacy_bert_ext.encoder.model import max_batch_pieces_of
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import changed, weights_of
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of, learn, make_initialized, make_nlp


@pytest.fixture
def keeping(bert_folder: str) -> Language:
    """An encoder alone that leaves its vectors on the Docs; windows of 16 pieces."""
    nlp = spacy.blank("en")
    nlp.add_pipe(
        "bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder, window_pieces=16, overlap_pieces=4)}
    )
    nlp.initialize()
    return nlp


# Settings


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"keep": "all"}, "B010"),
        ({"max_batch_pieces": 0}, "B012"),
        ({"max_batch_pieces": -5}, "B012"),
        ({"layers": []}, "B012"),
    ],
)
def test_settings_out_of_range_are_refused(nlp: Language, config: dict, code: str) -> None:
    with raises_code(code):
        nlp.add_pipe("bert_encoder", config=config)


def test_max_batch_pieces_reaches_the_model_and_changes_no_vector(bert_folder: str) -> None:
    docs = {}
    for budget in (1, 40, 8192):
        nlp = spacy.blank("en")
        encoder = nlp.add_pipe("bert_encoder", config={"max_batch_pieces": budget, **encoder_config(bert_folder)})
        nlp.initialize()
        assert max_batch_pieces_of(encoder.model) == budget
        docs[budget] = encoder.model.predict([nlp.make_doc(text) for text in TEXTS]).piece_vectors
    torch.testing.assert_close(docs[1], docs[8192], rtol=0, atol=1e-5)
    torch.testing.assert_close(docs[40], docs[8192], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"device": "tpu"}, "B011"),
        ({"device": "cuda:99"}, "B011"),
        ({"freeze": "heads"}, "B010"),
        ({"freeze": 3}, "B010"),
        ({"freeze": -1}, "B010"),
        ({"window_pieces": 129}, "B003"),
        ({"window_pieces": 3, "overlap_pieces": 0}, "B012"),
        ({"window_pieces": 20, "overlap_pieces": 10}, "B006"),
        ({"name": "/no/such/folder"}, "B001"),
    ],
)
def test_initialize_refuses_settings_that_do_not_fit_the_checkpoint(
    bert_folder: str, settings: dict, code: str
) -> None:
    nlp = make_nlp(bert_folder, heads=(), **settings)
    with raises_code(code):
        nlp.initialize()


@pytest.mark.parametrize("layer", [3, -4])
def test_layers_that_the_checkpoint_does_not_have_are_refused(bert_folder: str, tmp_path: Path, layer: int) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"layers": [-1, layer], **encoder_config(bert_folder)})
    with pytest.raises(ValueError, match=rf"\[B060\].*no layer {layer}: .*0 \(its embeddings\) to 2 .*-3 to -1"):
        nlp.initialize()
    make_initialized(bert_folder, heads=()).to_disk(tmp_path)
    with raises_code("B060"):
        spacy.load(tmp_path, config={"components.bert_encoder.layers": [-1, layer]})


def test_encoder_without_weights_names_what_to_do(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder)})
    with raises_code("B021"):
        nlp("Hello")


@pytest.mark.parametrize(
    ("freeze", "frozen"),
    [
        ("none", ()),
        ("embeddings", ("embeddings.",)),
        (1, ("embeddings.", "encoder.layer.0.")),
        ("all", ("embeddings.", "encoder.layer.0.", "encoder.layer.1.")),
    ],
)
def test_freeze_keeps_the_lowest_weights_in_training(bert_folder: str, freeze: str | int, frozen: tuple) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",), freeze=freeze)
    before = weights_of(encoder_of(nlp).shim.module)
    learn(nlp, steps=2)
    after = dict(encoder_of(nlp).shim.module.named_parameters())
    for part in ("embeddings.", "encoder.layer.0.", "encoder.layer.1."):
        same = all(torch.equal(before[name], after[name]) for name in before if name.startswith(part))
        assert same == (part in frozen)


# Vectors on Docs


def test_by_default_nothing_but_annotations_stays_on_a_doc(shared_trained: Language) -> None:
    doc = shared_trained(TEXTS[0])
    assert doc._.bert is None
    assert not doc.user_hooks
    assert not doc.has_vector
    assert doc.tensor.size == 0


def test_kept_vectors_are_those_of_the_model(keeping: Language) -> None:
    doc = keeping("Angela Merkel visited the unbelievably untranslatable president .  ")
    encoded = encoder_of(keeping).model.predict([doc])
    pieces = encoded.piece_vectors.numpy()
    np.testing.assert_allclose(doc._.bert.last_hidden_state, pieces, atol=1e-6)
    assert doc._.bert.piece_vectors is doc._.bert.last_hidden_state
    np.testing.assert_allclose(doc._.bert.window_vectors, encoded.window_vectors.numpy(), atol=1e-6)
    assert doc._.bert.pieces_per_token.tolist() == encoded.pieces.per_token.tolist()
    starts = np.cumsum(doc._.bert.pieces_per_token) - doc._.bert.pieces_per_token
    for token, start, n_pieces in zip(doc, starts, doc._.bert.pieces_per_token):
        expected = pieces[start : start + n_pieces].mean(0) if n_pieces else np.zeros(pieces.shape[1])
        np.testing.assert_allclose(token.vector, expected, atol=1e-6)
    span = doc[3:6]
    inside = pieces[starts[3] : starts[5] + doc._.bert.pieces_per_token[5]]
    assert len(inside) > 3
    np.testing.assert_allclose(span.vector, inside.mean(0), atol=1e-6)
    assert doc._.bert.token_vectors.shape == (len(doc), pieces.shape[1])


def test_kept_vectors_of_a_batch_are_those_of_each_doc_alone(keeping: Language) -> None:
    texts = [*TEXTS, "", " ", "London " * 50]
    for doc in keeping.pipe(texts):
        np.testing.assert_allclose(doc.vector, keeping(doc.text).vector, atol=1e-5)


def by_transformers(folder: str, text: str) -> ModelOutput:
    """What plain transformers gives for a text, all layers."""
    inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    model = AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        return model(**{name: inputs[name] for name in ("input_ids", "attention_mask")}, output_hidden_states=True)


def close(found: np.ndarray, expected: torch.Tensor) -> None:
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layers", [[-1], [2], [0], [1], [-1, -2], [0, 1, 2]])
def test_kept_vectors_are_those_of_transformers(any_folder: str, layers: list[int]) -> None:
    text = " unbelievably small particle"  # with a space, as byte-level checkpoints see all tokens
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", "layers": layers, **encoder_config(any_folder)})
    nlp.initialize()
    expected = by_transformers(any_folder, text)
    doc = nlp(text.strip())
    kept = doc._.bert
    states = (*expected.hidden_states[:-1], expected.last_hidden_state)
    mean = torch.stack([states[layer] for layer in layers]).mean(0)[0]
    close(kept.last_hidden_state, expected.last_hidden_state[0, 1:-1])
    close(kept.piece_vectors, mean[1:-1])
    close(doc.vector, mean.mean(0))
    close(doc[1].vector, mean[1:-1].split(kept.pieces_per_token.tolist())[1].mean(0))
    close(kept.window_vectors, expected.last_hidden_state[:, 0])
    if any(name.startswith("pooler.") for name in load_file(Path(any_folder) / "model.safetensors")):
        close(kept.pooler_output, expected.pooler_output)
    else:  # transformers would make a random one
        assert kept.pooler_output is None


@pytest.mark.parametrize("in_parts", [False, True])
def test_the_vector_of_a_long_doc_is_the_mean_of_its_windows(
    bert_folder: str, in_parts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_parts:
        monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 1)
        monkeypatch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 10)
    nlp = spacy.blank("en")
    windows = encoder_config(bert_folder, window_pieces=12, overlap_pieces=0)
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", "layers": [-1, -2], **windows})
    nlp.initialize()
    parts = ["the " * 10, "of " * 10, "and " * 5]  # a piece each
    doc = nlp(Doc(nlp.vocab, words="".join(parts).split()))
    expected = [by_transformers(bert_folder, part) for part in parts]
    means = [torch.stack(output.hidden_states[-2:]).mean(0)[0] for output in expected]
    close(doc.vector, (10 * means[0].mean(0) + 10 * means[1].mean(0) + 5 * means[2].mean(0)) / 25)
    close(doc._.bert.piece_vectors, torch.cat([mean[1:-1] for mean in means]))
    close(doc._.bert.window_vectors, torch.cat([output.last_hidden_state[:, 0] for output in expected]))
    close(doc._.bert.pooler_output, torch.cat([output.pooler_output for output in expected]))


def test_all_layers_are_asked_for_only_where_they_are_kept(bert_folder: str) -> None:
    for keep, layers, expected in (("none", [0], False), ("tokens", [-1], False), ("tokens", [0], True)):
        nlp = make_initialized(bert_folder, ("bert_textcat",))
        encoder = encoder_of(nlp)
        encoder.keep, encoder.layers = keep, layers
        asked = []
        encoder.shim.predictor().module.register_forward_pre_hook(
            lambda module, args, kwargs, asked=asked: asked.append(kwargs.get("output_hidden_states", False)),
            with_kwargs=True,
        )
        nlp(TEXTS[0])
        assert asked == [expected]


def test_a_doc_holds_no_vectors_of_others(keeping: Language) -> None:
    doc, *_ = keeping.pipe([TEXTS[0], "London " * 500])
    for array in (doc._.bert.last_hidden_state, doc._.bert.window_vectors, doc._.bert.pooler_output):
        assert array.base is None


def test_similarity_is_the_cosine_of_the_vectors(keeping: Language) -> None:
    one, other, blank = keeping.pipe([TEXTS[0], TEXTS[1], "  "])
    cosine = one.vector @ other.vector / np.linalg.norm(one.vector) / np.linalg.norm(other.vector)
    assert one.similarity(other) == pytest.approx(cosine, abs=1e-5)
    assert one.similarity(one) == pytest.approx(1, abs=1e-5)
    assert one[0].similarity(other[0]) == pytest.approx(
        one[0].vector @ other[0].vector / one[0].vector_norm / other[0].vector_norm, abs=1e-5
    )
    assert one[0:2].similarity(other[0:2]) < 1
    assert one[0:2].similarity(one) <= 1 + 1e-6
    assert one.has_vector and one[0].has_vector and one[0:2].has_vector
    assert not blank.has_vector and not blank[0].has_vector
    assert blank.similarity(one) == one.similarity(blank) == 0


def test_kept_vectors_do_not_enter_bytes_but_follow_a_copy(keeping: Language) -> None:
    doc = keeping(TEXTS[0])
    bare = keeping.make_doc(TEXTS[0])
    with pytest.warns(UserWarning, match="W109"):  # spaCy says so itself
        data = doc.to_bytes()
    assert len(data) <= len(bare.to_bytes()) + 100
    assert Doc(keeping.vocab).from_bytes(data)._.bert is None
    np.testing.assert_array_equal(doc.copy().vector, doc.vector)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00\x07", "unbelievably" * 417])
def test_every_text_gets_a_finite_vector(keeping: Language, text: str) -> None:
    doc = keeping(text)
    assert doc.vector.shape == (32,)
    assert np.isfinite(doc.vector).all()
    assert doc._.bert.token_vectors.shape == (len(doc), 32)


# Listeners


def test_encoder_without_heads_encodes_nothing(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, heads=())
    encoder = encoder_of(nlp)
    with counted_passes() as passes:
        assert encoder.predict([nlp.make_doc("Hello")]) is None
        assert nlp("Hello").text == "Hello"
    assert passes.n == 0


def test_get_loss_of_the_encoder_is_nothing(shared_trained: Language) -> None:
    assert encoder_of(shared_trained).get_loss(make_examples(shared_trained), None) == (0.0, None)


def test_encoder_loss_is_reported_as_zero(trained: Language) -> None:
    assert trained.update(make_examples(trained), sgd=adamw())["bert_encoder"] == 0.0


def test_training_step_is_let_go_with_the_next_use(trained: Language) -> None:
    encoder = encoder_of(trained)
    trained.update(make_examples(trained), sgd=False)
    vectors = weakref.ref(encoder.shared.step.passes[0].encoded.piece_vectors)
    encoder.finish_update(adamw())
    gc.collect()
    assert vectors() is None
    before = weights_of(encoder.shim.module)
    trained(TEXTS[0])
    assert not changed(before, encoder.shim.module)
