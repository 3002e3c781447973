"""The same annotations whatever the batch, the order or the thread; texts that real data has and tests forget."""

import random
import unicodedata
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext import from_pretrained
from spacy_bert_ext.encoder.model import max_batch_pieces_of, set_max_batch_pieces
from spacy_bert_ext.pieces.pieces import Pieces
from spacy_bert_ext.tagging.decoders import DECODERS
from tests.annotated import DATA, TEXTS, make_examples
from tests.checkpoints.classifiers import AUTO, CATEGORIES, TAGS, make_classifier
from tests.pipeline.comparing import assert_same
from tests.pipeline.pipelines import HEADS, encoder_config, encoder_of, head_of, learn, make_nlp
from tests.tiny import make_awkward_docs

WORDS = " ".join(TEXTS).split() + ["unbelievably", "\n", "  ", "東京", "naïve", "\u0301", "\x00", "👩‍👩‍👧", "[SEP]"]

# Anything that Python takes for text, and what looks like it was meant for the model.
wild_texts = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
)


@pytest.fixture(scope="module")
def pipelines(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> list[Language]:
    """Heads that share an encoder with small windows, each kind of category by itself, before and after saving."""
    made = []
    for heads in (("bert_ner", "bert_textcat"), ("bert_textcat_multilabel",)):
        nlp = make_nlp(bert_folder, heads, window_pieces=24, overlap_pieces=8)
        nlp.initialize(partial(make_examples, nlp))
        learn(nlp)
        folder = tmp_path_factory.mktemp("saved")
        nlp.to_disk(folder)
        made += [nlp, spacy.load(folder)]
    return made


@settings(max_examples=40)
@given(texts=st.lists(wild_texts, min_size=1, max_size=6), seed=st.integers(0, 99), batch_size=st.integers(1, 7))
def test_batch_order_and_saving_change_no_annotation(
    pipelines: list[Language], texts: list[str], seed: int, batch_size: int
) -> None:
    shuffled = texts[:]
    random.Random(seed).shuffle(shuffled)
    for nlp, loaded in (pipelines[:2], pipelines[2:]):
        alone = {text: nlp(text) for text in texts}
        for one in (nlp, loaded):
            docs = list(one.pipe(shuffled, batch_size=batch_size))
            assert_same(docs, [alone[text] for text in shuffled])


@settings(max_examples=60)
@given(text=wild_texts)
def test_any_text_gets_entities_that_fit_and_scores_in_range(pipelines: list[Language], text: str) -> None:
    doc = pipelines[0](text)
    for span in doc.ents:
        assert not span[0].is_space and not span[-1].is_space
        assert span.label_ in head_of(pipelines[0], "bert_ner").labels
        assert 0 <= span._.score <= 1
    assert sum(doc.cats.values()) == pytest.approx(0 if not text or text.isspace() else 1, abs=1e-5)
    assert all(0 <= score <= 1 for score in pipelines[2](text).cats.values())


@settings(max_examples=60)
@given(words=st.lists(st.text(min_size=1, max_size=8), max_size=12), data=st.data())
def test_docs_of_any_tokens_are_annotated(pipelines: list[Language], words: list[str], data: st.DataObject) -> None:
    spaces = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    nlp = pipelines[0]
    words = [word.encode("utf8", "replace").decode("utf8") for word in words]
    docs = [Doc(nlp.vocab, words=words, spaces=spaces) for _ in range(2)]
    batch = list(nlp.pipe([docs[0], *(nlp.make_doc(text) for text in TEXTS)]))
    alone = nlp(docs[1])
    assert_same(batch[:1], [alone])


def test_texts_of_one_batch_do_not_see_each_other(pipelines: list[Language]) -> None:
    nlp = pipelines[0]
    expected = [nlp(text) for text in TEXTS]
    for filler in ("", " ", "Angela Merkel " * 60, "東京 " * 20):
        docs = list(nlp.pipe([filler, TEXTS[0], filler, TEXTS[1], TEXTS[2], filler]))
        assert_same([docs[1], docs[3], docs[4]], expected)


def test_neighbours_that_fail_do_not_change_annotations(trained: Language) -> None:
    expected = list(trained.pipe(TEXTS))
    encoder, tokenize = encoder_of(trained).shim.loaded, encoder_of(trained).shim.loaded.tokenize

    def fails_for_bombs(docs: Sequence[Doc]) -> Pieces:
        if any("bomb" in doc.text for doc in docs):
            raise RuntimeError("boom")
        return tokenize(docs)

    encoder.tokenize = fails_for_bombs
    trained.set_error_handler(lambda *args: None)
    assert_same(list(trained.pipe([TEXTS[0], "bomb", TEXTS[1], "bomb", TEXTS[2]])), expected)


# Threads


def test_four_threads_give_what_one_gives(bert_folder: str) -> None:
    """Dropout is configured high everywhere: none of it may leak into predictions."""
    nlp = make_nlp(bert_folder, heads=())
    for head in ("bert_ner", "bert_textcat"):
        nlp.add_pipe(head, config={"model": {"dropout": 0.5}})
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp, steps=10)
    rng = random.Random(0)
    texts = [" ".join(rng.choices(WORDS, k=rng.randint(0, 30))) for _ in range(80)]
    expected = list(nlp.pipe(texts))
    parts = [texts[i::4] for i in range(4)] * 2

    def annotate(i: int) -> list[Doc]:
        return list(nlp.pipe(parts[i], batch_size=1 + i % 4)) if i % 2 else [nlp(text) for text in parts[i]]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(annotate, range(len(parts))))
    for i, docs in enumerate(results):
        assert_same(docs, expected[i % 4 :: 4])


@pytest.mark.parametrize("task", AUTO)
def test_four_threads_on_an_imported_checkpoint_give_what_one_gives(task: str, tmp_path: Path) -> None:
    names = {"token-classification": TAGS, "text-classification": CATEGORIES}[task]
    dropout = {"hidden_dropout_prob": 0.5, "classifier_dropout": 0.5}
    folder = make_classifier(tmp_path, "bert", task, names, **dropout)
    nlp = from_pretrained(folder, encoder={"device": "cpu", "precision": "fp32", "window_pieces": 64})
    expected = list(nlp.pipe(TEXTS * 4))
    fresh = from_pretrained(folder, encoder={"device": "cpu", "precision": "fp32", "window_pieces": 64})
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(annotate_texts, [fresh] * 8))
    for docs in results:
        assert_same(docs, expected[: len(TEXTS)])


def annotate_texts(nlp: Language) -> list[Doc]:
    return list(nlp.pipe(TEXTS))


def test_first_use_by_four_threads_at_once(trained_folder: Path, shared_trained: Language) -> None:
    expected = list(shared_trained.pipe(TEXTS))
    for _ in range(3):
        nlp = spacy.load(trained_folder)
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(annotate_texts, [nlp] * 4))
        for docs in results:
            assert_same(docs, expected)


def test_predicting_leaves_the_training_mode_of_shared_modules_alone(trained: Language) -> None:
    module = encoder_of(trained).shim.module
    before = [part.training for part in module.modules()]
    list(trained.pipe(TEXTS))
    assert [part.training for part in module.modules()] == before
    assert all(before)


# Odd and long Docs

ODD_TEXTS = [
    "",
    " ",
    "\n\n\t ",
    "unbelievably" * 417,
    "\x00\x07",
    "\u200b\ufeff",
    "👩‍👩‍👧‍👦 東京 مرحبا",
    "[SEP] [CLS] [PAD]",
]


@pytest.fixture(scope="module", params=[*DECODERS, *HEADS[1:]])
def single(request: pytest.FixtureRequest, bert_folder: str) -> Language:
    """An encoder with small windows that keeps vectors, and one head: each decoder, each kind of category."""
    nlp = spacy.blank("en")
    windows = {"window_pieces": 24, "overlap_pieces": 8}
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder, **windows)})
    if request.param in DECODERS:
        nlp.add_pipe("bert_ner", config={"decoder": request.param})
    else:
        nlp.add_pipe(request.param)
    nlp.initialize(lambda: make_examples(nlp))
    learn(nlp, steps=5)
    return nlp


def test_odd_texts_pass_alone_and_in_a_batch(single: Language) -> None:
    alone = [single(text) for text in ODD_TEXTS]
    assert [doc.text for doc in alone] == ODD_TEXTS
    assert_same(list(single.pipe(ODD_TEXTS)), alone)
    assert_same(list(single.pipe([*ODD_TEXTS, *TEXTS]))[: len(alone)], alone)
    for doc in alone:
        assert np.isfinite(doc.vector).all()
        assert all(np.isfinite(score) for score in doc.cats.values())


def test_odd_docs_pass(single: Language) -> None:
    docs = list(single.pipe(make_awkward_docs(single.vocab)))
    assert len(docs) == len(make_awkward_docs(single.vocab))
    for doc in docs:
        assert all(0 <= span._.score <= 1 for span in doc.ents)
        assert not any(token.ent_type for token in doc if token.is_space and len(doc) == 1)


def test_only_odd_docs_can_be_learned_from(single: Language) -> None:
    data = [(text, {"entities": [], "cats": {"news": 1.0, "sport": 0.0}}) for text in ODD_TEXTS]
    examples = make_examples(single, data)
    for batch in ([examples[0]], [examples[1]], examples):
        losses = single.update(batch, sgd=False)
        assert all(np.isfinite(loss) for loss in losses.values())
    for name, component in single.pipeline:
        for weight in component.shim.module.parameters():
            assert weight.grad is None or torch.isfinite(weight.grad).all(), name
        component.gradients.discard()


def test_a_doc_of_100_000_tokens_passes(single: Language) -> None:
    words = (TEXTS[0] + " " + TEXTS[1] + " ").split() * 6000
    doc = Doc(single.vocab, words=words[:100_000])
    assert len(doc) == 100_000
    annotated = single(doc)
    assert np.isfinite(annotated.vector).all()
    if single.has_pipe("bert_ner"):
        scores = [span._.score for span in annotated.ents]
        assert all(0 <= score <= 1 for score in scores)
    elif single.has_pipe("bert_spancat"):
        assert all(0.5 <= score <= 1 for score in annotated.spans["sc"].attrs["scores"])
    else:
        assert set(annotated.cats) == {"news", "sport", "order"}
        assert all(np.isfinite(score) for score in annotated.cats.values())


def test_entities_are_found_throughout_a_doc_longer_than_a_window(pipelines: list[Language]) -> None:
    nlp = pipelines[0]
    text = " ".join([TEXTS[0], TEXTS[2] + " .", TEXTS[1] + " ."] * 10)
    doc = nlp(text)
    assert encoder_of(nlp).model.predict([doc]).windows_per_doc[0] > 10
    for part in np.array_split(np.arange(len(doc)), 5):
        assert any(doc[int(i)].ent_type for i in part)


def test_long_docs_are_the_same_alone_and_in_a_batch(pipelines: list[Language]) -> None:
    long = " ".join(text for text, _ in DATA * 12)
    for nlp in (pipelines[0], pipelines[2]):
        alone = [nlp(text) for text in (long, TEXTS[0], long[:300])]
        assert_same(list(nlp.pipe([long, TEXTS[0], long[:300]])), alone)


def test_running_out_of_memory_halves_the_batches_and_loses_nothing(trained: Language) -> None:
    expected = list(trained.pipe(TEXTS))
    encoder = encoder_of(trained)
    module = encoder.shim.predictor().module
    forward = module.forward

    def small_device(input_ids: torch.Tensor, **inputs):
        if input_ids.numel() > 20:
            raise torch.OutOfMemoryError("pretend")
        return forward(input_ids=input_ids, **inputs)

    module.forward = small_device
    set_max_batch_pieces(encoder.model, 64)
    with pytest.warns(UserWarning, match=r"\[B102\].*max_batch_pieces = \d+"):
        assert_same(list(trained.pipe(TEXTS)), expected)
    assert max_batch_pieces_of(encoder.model) < 64
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # remembered: no second warning
        assert_same(list(trained.pipe(TEXTS)), expected)


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_runs_out_of_memory_says_so(trained: Language, name: str) -> None:
    def no_memory(*inputs, **options):
        raise RuntimeError("MPS backend out of memory")

    head = head_of(trained, name)
    head.shim.module.forward = no_memory
    docs = [trained.make_doc("Two tokens"), trained.make_doc("one")]
    advice = rf"B260.*'{name}' ran out of memory with 2 Docs of 3 tokens.*nlp.batch_size.*max_batch_docs"
    with pytest.raises(torch.OutOfMemoryError, match=advice):
        head.predict(docs)
    with pytest.raises(torch.OutOfMemoryError, match=rf"B260.*'{name}'"):
        learn(trained, steps=1)
    assert all(weight.grad is None for _, weight in encoder_of(trained).shim.trainable_parameters())


def test_out_of_memory_that_can_not_be_helped_is_raised(trained: Language) -> None:
    def no_memory(**inputs):
        raise torch.OutOfMemoryError("pretend")

    encoder_of(trained).shim.predictor().module.forward = no_memory
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(torch.OutOfMemoryError, match="B111"):
            list(trained.pipe(TEXTS))


def test_composed_and_decomposed_text_may_differ_but_both_pass(pipelines: list[Language]) -> None:
    composed = "Angela Merkel visited São Paulo , Zürich and Łódź"
    docs = [pipelines[0](unicodedata.normalize(form, composed)) for form in ("NFC", "NFD")]
    assert len(docs[0]) == len(docs[1])
