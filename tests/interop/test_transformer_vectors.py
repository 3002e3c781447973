"""Our heads on the `transformer` component of spacy-transformers: its vectors, its gradients, its neighbours."""

import copy
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Adam

from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from tests.annotated import make_examples
from tests.coded import raises_code
from tests.interop.spacy_heads import TRANSFORMER_LISTENER, annotated, on
from tests.interop.treebank import treebank_examples
from tests.pipeline.pipelines import adamw, learn
from tests.pipeline.retokenizers import shift_tokens
from tests.tiny import WIDTH

pytest.importorskip("spacy_transformers.layers.listener", exc_type=ImportError)

LISTENER = {"@architectures": "spacy-bert-ext.SpacyTransformersListener.v1"}
STRIDED = {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 4, "stride": 2}
WHOLE = {**STRIDED, "window": 128, "stride": 128}


def add_transformer(nlp: Language, folder: str, spans: dict[str, Any] = STRIDED) -> None:
    model = {"@architectures": "spacy-transformers.TransformerModel.v3", "name": folder, "get_spans": spans}
    nlp.add_pipe("transformer", config={"model": model})


def add_head(nlp: Language, head: str, pooling: str | None = None, **listener: Any) -> None:
    model = {"encoder": {**LISTENER, **listener}, **({} if pooling is None else {"pooling": pooling})}
    nlp.add_pipe(head, config={"model": {"dropout": 0.0, **model}})


def make_nlp(folder: str, *heads: str, spans: dict[str, Any] = STRIDED, **listener: Any) -> Language:
    """A `transformer` without dropout and heads, initialized."""
    nlp = spacy.blank("en")
    add_transformer(nlp, folder, spans)
    for head in heads:
        if head.startswith("bert_"):
            add_head(nlp, head, **listener)
        else:
            nlp.add_pipe(head, config=on(TRANSFORMER_LISTENER, head))
    nlp.initialize(lambda: treebank_examples(nlp))
    switch_off_dropout(hf_module(nlp))
    return nlp


def switch_off_dropout(module: torch.nn.Module) -> None:
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
        if hasattr(part, "dropout_prob"):
            part.dropout_prob = 0.0


def weigh(nlp: Language, only: str, heads: Sequence[str]) -> None:
    """Have one head's gradient alone reach the transformer."""
    for name in heads:
        for node in nlp.get_pipe(name).model.walk():
            if "grad_factor" in node.attrs:
                node.attrs["grad_factor"] = float(name == only)


def hf_module(nlp: Language) -> torch.nn.Module:
    return nlp.get_pipe("transformer").model.transformer


def vectors_model(nlp: Language, head: str) -> Any:
    return nlp.get_pipe(head).model.get_ref("encoder")


def encoder_gradients(nlp: Language) -> dict[str, torch.Tensor]:
    found = {name: weight.grad.clone() for name, weight in hf_module(nlp).named_parameters() if weight.grad is not None}
    hf_module(nlp).zero_grad()
    return {name: gradient for name, gradient in found.items() if not name.startswith("pooler")}


def assert_close(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-5, msg=name)


# Vectors


@pytest.mark.parametrize("spans", [STRIDED, WHOLE])
def test_vectors_are_those_that_the_tokens_are_aligned_to(bert_folder: str, spans: dict[str, Any]) -> None:
    nlp = make_nlp(bert_folder, "bert_ner", spans=spans)
    texts = ["Angela Merkel visited Barack Obama in Washington .", "", "  \n ", "unbelievably misunderstood"]
    docs = [nlp.make_doc(text) for text in texts]
    nlp.get_pipe("transformer").set_annotations(docs, nlp.get_pipe("transformer").predict(docs))
    encoded = vectors_model(nlp, "bert_ner").predict(docs)
    assert encoded.width == WIDTH
    assert encoded.pieces.tokens_per_doc.tolist() == [len(doc) for doc in docs]
    assert encoded.windows_per_doc.min() >= 1
    for i, doc in enumerate(docs):
        of_doc = encoded.select(i, i + 1)
        if not len(doc):
            assert len(of_doc.piece_vectors) == 0 and not of_doc.window_vectors.any()
            continue
        hidden, align = doc._.trf_data.model_output.last_hidden_state, doc._.trf_data.align
        np.testing.assert_array_equal(of_doc.piece_vectors.numpy(), hidden.reshape(-1, WIDTH)[align.dataXd])
        np.testing.assert_array_equal(of_doc.window_vectors.numpy(), hidden[:, 0])
        np.testing.assert_array_equal(of_doc.pieces.per_token, align.lengths)
        assert of_doc.pieces_per_window.sum() == len(align.dataXd)
        assert of_doc.pieces.taggable.tolist() == [not token.is_space for token in doc]


# Gradients


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("grad_factor", [1.0, 0.5])
def test_gradient_is_that_of_backpropagation_through_everything(
    bert_folder: str, pooling: str, grad_factor: float
) -> None:
    nlp = spacy.blank("en")
    add_transformer(nlp, bert_folder, WHOLE)
    add_head(nlp, "bert_textcat", pooling, grad_factor=grad_factor)
    nlp.initialize(lambda: treebank_examples(nlp))
    switch_off_dropout(hf_module(nlp))
    examples = treebank_examples(nlp)
    nlp.update(examples, sgd=False)
    found = encoder_gradients(nlp)
    textcat, transformer = nlp.get_pipe("bert_textcat"), nlp.get_pipe("transformer")
    batch = transformer.model.predict([eg.predicted for eg in examples])
    ids, mask = (torch.tensor(array) for array in (batch.wordpieces.input_ids, batch.wordpieces.attention_mask))
    hidden = hf_module(nlp)(input_ids=ids, attention_mask=mask).last_hidden_state
    vectors = hidden[:, 0]
    if pooling == "mean":
        real = torch.tensor(
            [[string not in ("[CLS]", "[SEP]", "[PAD]") for string in row] for row in batch.wordpieces.strings]
        )
        vectors = (hidden * real[:, :, None]).sum(1) / real.sum(1)[:, None]
    gold = torch.tensor(textcat.gold_categories(examples)).argmax(1)
    loss = torch.nn.functional.cross_entropy(textcat.shim.module.output(vectors), gold)
    (loss * grad_factor).backward()
    assert_close(found, encoder_gradients(nlp))


@pytest.mark.parametrize("heads", [("bert_ner", "bert_textcat"), ("bert_textcat", "tagger"), ("tagger", "bert_ner")])
def test_gradients_of_all_heads_add(bert_folder: str, heads: tuple[str, ...]) -> None:
    """Of pieces in two spans as well."""
    nlp = make_nlp(bert_folder, *heads)
    if "tagger" in heads:
        softmax = nlp.get_pipe("tagger").model.get_ref("softmax")
        softmax.set_param("W", np.random.default_rng(0).normal(size=softmax.get_param("W").shape).astype("f"))
    examples = treebank_examples(nlp)
    nlp.update(examples, sgd=False)
    both = encoder_gradients(nlp)
    single = []
    for head in heads:
        weigh(nlp, head, heads)
        nlp.update(examples, sgd=False)
        single.append(encoder_gradients(nlp))
    assert_close(both, {name: sum(gradients[name] for gradients in single) for name in both})


# Use


@pytest.mark.parametrize("head", ["bert_ner", "bert_textcat", "bert_textcat_multilabel"])
def test_each_head_learns_and_is_saved_and_loaded(bert_folder: str, head: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, head)
    before = {name: weight.detach().clone() for name, weight in hf_module(nlp).named_parameters()}
    learn(nlp, treebank_examples(nlp), steps=60, sgd=Adam(0.002))
    assert any(not torch.equal(before[name], weight) for name, weight in hf_module(nlp).named_parameters())
    scores = nlp.evaluate(treebank_examples(nlp))
    assert scores["ents_f" if head == "bert_ner" else "cats_score"] == 1.0
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert annotated(loaded) == annotated(nlp)
    for text in ("", " "):
        assert loaded(text).text == text


def test_ours_and_spacys_head_learn_on_one_transformer(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "tagger", "bert_ner", grad_factor=30.0)
    learn(nlp, treebank_examples(nlp), steps=100, sgd=Adam(0.002))
    scores = nlp.evaluate(treebank_examples(nlp))
    assert (scores["tag_acc"], scores["ents_f"]) == (1.0, 1.0)


def test_what_is_on_a_transformer_is_not_exported(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    nlp.initialize(lambda: treebank_examples(nlp))
    with raises_code("B047"):
        export_checkpoint(nlp, "bert_ner", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_frozen_transformer_that_annotates(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_textcat")
    before = {name: weight.detach().clone() for name, weight in hf_module(nlp).named_parameters()}
    sgd, losses = Adam(0.01), []
    for _ in range(10):
        options = {"exclude": ["transformer"], "annotates": ["transformer"]}
        losses.append(nlp.update(treebank_examples(nlp), sgd=sgd, **options)["bert_textcat"])
    assert losses[-1] < losses[0]
    assert all(torch.equal(before[name], weight) for name, weight in hf_module(nlp).named_parameters())
    with pytest.raises(ValueError, match="E203"):
        nlp.update(treebank_examples(nlp), sgd=sgd, exclude=["transformer"])


# What is refused


def test_a_head_computes_where_the_transformer_does(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    with raises_code("B071"):
        nlp.get_pipe("bert_ner").to("cpu")


def test_a_head_without_a_transformer_is_refused(nlp: Language) -> None:
    add_head(nlp, "bert_ner")
    with raises_code("B052"):
        nlp.initialize(lambda: treebank_examples(nlp))


def test_docs_that_the_transformer_has_not_seen_are_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    with nlp.select_pipes(disable=["transformer"]), raises_code("B053"):
        nlp("Angela Merkel")


def test_tokens_merged_since_are_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    with nlp.select_pipes(disable=["bert_ner"]):
        doc = nlp("Angela Merkel visited Washington")
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    with raises_code("B035", match="Put the component that changes tokens before 'transformer'|before '*'"):
        nlp.get_pipe("bert_ner")(doc)


def test_as_many_tokens_as_before_but_others_are_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    doc = nlp("Angela Merkel visited Washington")
    with raises_code("B035"):
        nlp.get_pipe("bert_ner")(shift_tokens(doc))


def test_tokens_that_change_in_a_step_are_refused(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    nlp.add_pipe("shift_tokens", before="bert_ner")
    with raises_code("B110", match="before"):
        nlp.update(make_examples(nlp), sgd=adamw(), annotates=["shift_tokens"])


def test_without_spacy_transformers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy_transformers.layers.listener", None)
    with raises_code("B051", ImportError):
        registry.resolve({"model": LISTENER})


def test_a_head_of_transformers_is_refused(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    add_transformer(nlp, bert_folder)
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1", "encoder": LISTENER}
    nlp.add_pipe("bert_textcat", config={"model": model})
    with raises_code("B055"):
        nlp.initialize(lambda: treebank_examples(nlp))


def test_settings() -> None:
    model = registry.resolve({"model": {**LISTENER, "upstream": "trf", "grad_factor": 2.0}})["model"]
    assert model.attrs == {"grad_factor": 2.0} and model.layers[0].upstream_name == "trf"
    with raises_code("B012"):
        registry.resolve({"model": {**LISTENER, "grad_factor": -1.0}})


def test_docs_are_left_alone_by_prediction(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, "bert_ner")
    with nlp.select_pipes(disable=["bert_ner"]):
        doc = nlp("Angela Merkel visited Washington")
    before = doc._.trf_data.model_output.last_hidden_state.copy()
    assert isinstance(nlp.get_pipe("bert_ner")(doc), Doc)
    np.testing.assert_array_equal(doc._.trf_data.model_output.last_hidden_state, before)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda head: pickle.loads(pickle.dumps(head))])
def test_copies_define_the_extension(bert_folder: str, copied: Callable) -> None:
    head = make_nlp(bert_folder, "bert_textcat").get_pipe("bert_textcat")
    Doc.remove_extension("trf_data")
    one = copied(head)
    assert Doc.has_extension("trf_data")
    assert vectors_of(one).attrs == vectors_of(head).attrs
    assert vectors_of(one).layers[0].upstream_name == vectors_of(head).layers[0].upstream_name


def vectors_of(head: Any) -> Any:
    return head.model.get_ref("encoder")
