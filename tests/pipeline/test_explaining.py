"""Explanations of whole pipelines, beside captum's, plain predictions and the attention that transformers gives."""

import copy
import json
import threading
import warnings

import numpy as np
import pytest
import spacy
import torch
from spacy.tokens import Doc
from spacy.util import fix_random_seed
from transformers import AutoModel

from spacy_bert_ext import with_context
from spacy_bert_ext.explanation.gradients import GRADIENT_PIECES
from spacy_bert_ext.explanation.methods import METHODS
from spacy_bert_ext.pipeline.answers import NoAnswerError
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import adamw, encoder_of, head_of, learn, make_initialized, make_nlp
from tests.tiny import KINDS

TEXT = TEXTS[0]
GRADIENTS = ("integrated_gradients", "gradient_times_input")
MANY = 200  # points at which no way of these small encoders leaves an error


class Plain:
    """The encoder as transformers runs it, and where the pieces of a text's tokens stand."""

    def __init__(self, nlp, doc: Doc) -> None:
        shim = encoder_of(nlp).shim
        self.module = copy.deepcopy(shim.loaded.checkpoint.plain_module()).eval()
        self.tokenizer = shim.loaded.checkpoint.tokenizer
        pieces = shim.loaded.tokenize([doc])
        self.per_token = pieces.per_token
        around = self.tokenizer("").input_ids
        self.ids = torch.tensor([[around[0], *pieces.ids.tolist(), around[1]]])
        self.starts = np.cumsum(pieces.per_token) - pieces.per_token + 1

    def hidden(self, embeddings):
        return self.module(inputs_embeds=embeddings).last_hidden_state

    def embedded(self, ids):
        return self.module.get_input_embeddings()(ids).detach()

    @property
    def baseline_ids(self):
        ids = self.ids.clone()
        ids[:, 1:-1] = self.tokenizer.mask_token_id
        return ids

    def per_token_sums(self, of_pieces):
        parts = np.split(np.asarray(of_pieces[1:-1], dtype=np.float64), self.starts[1:] - 1)
        return np.array([part.sum() for part in parts])


def log_odds(logits, place):
    others = [i for i in range(logits.shape[-1]) if i != place]
    return logits[..., place] - logits[..., others].logsumexp(-1)


def log_partition(logits, start, end, between):
    """Of a CRF: (n, n_tokens, n_tags) → (n,)."""
    reached = start + logits[:, 0]
    for i in range(1, logits.shape[1]):
        reached = (reached[:, :, None] + between).logsumexp(1) + logits[:, i]
    return (reached + end).logsumexp(1)


def scorer_of(nlp, name, plain, explanation):
    """The same number by torch alone, from hidden states: (n, n_pieces, width) → (n,)."""
    pipe = head_of(nlp, name)
    module, place = pipe.shim.module, pipe.labels.index(explanation.label)
    if name == "bert_ner":
        first, last = explanation.target
        n_inside = last - first
        letters = ["U"] if n_inside == 1 else ["B", *"I" * (n_inside - 2), "L"]
        names = pipe.output_names(pipe.labels)
        tags = [names.index(f"{letter}-{explanation.label}") for letter in letters]

        def of_entity(hidden):
            logits = module.output(hidden[:, plain.starts]).double()
            pairs = [scores.detach().double() for scores in (module.start, module.end, module.between)]
            start, end, between = (
                scores.masked_fill(~torch.from_numpy(may), -1e4) for scores, may in zip(pairs, pipe.tags.allowed)
            )
            wanted = torch.full_like(logits[0], -1e4)
            wanted[:first] = wanted[last:] = 0
            wanted[range(first, last), tags] = 0
            whole, right = (log_partition(one, start, end, between) for one in (logits, logits + wanted))
            return right - whole - torch.log(-torch.expm1(right - whole))

        return of_entity
    kind = {"bert_textcat": log_odds, "bert_textcat_multilabel": lambda logits, place: logits[:, place]}[name]
    return lambda hidden: kind(module.output(hidden[:, 1:-1].mean(1)), place)


def explain(nlp, name, doc, **options):
    text = doc[0:2] if name == "bert_ner" else doc
    return head_of(nlp, name).explain(text, **options)


@pytest.fixture(scope="module")
def nlp(shared_trained):
    return shared_trained


@pytest.fixture
def doc(nlp):
    return nlp.make_doc(TEXT)


HEADS = ("bert_ner", "bert_textcat", "bert_textcat_multilabel")


@pytest.mark.parametrize("name", HEADS)
def test_integrated_gradients_are_those_of_captum(nlp, doc, name):
    captum = pytest.importorskip("captum.attr", reason="its lowest version for NumPy 2 needs a newer torch")
    found = explain(nlp, name, doc, steps=MANY)
    plain = Plain(nlp, doc)
    score = scorer_of(nlp, name, plain, found)
    oracle = captum.IntegratedGradients(lambda embeddings: score(plain.hidden(embeddings)))
    expected = oracle.attribute(
        plain.embedded(plain.ids), plain.embedded(plain.baseline_ids), n_steps=MANY, method="gausslegendre"
    )
    assert found.scores == pytest.approx(plain.per_token_sums(expected.sum(-1)[0]), abs=1e-4)
    assert found.completeness_error < 1e-3
    assert found.value - found.baseline_value == pytest.approx(found.scores.sum(), abs=1e-3)


@pytest.mark.parametrize("name", HEADS)
def test_few_points_are_as_many_as_it_takes(nlp, doc, name):
    found, exact = explain(nlp, name, doc), explain(nlp, name, doc, steps=MANY)
    assert found.completeness_error <= 0.05
    assert np.corrcoef(found.scores, exact.scores)[0, 1] > 0.95


@pytest.mark.parametrize("name", HEADS)
def test_occlusion_is_what_predictions_lose(nlp, doc, name):
    found = explain(nlp, name, doc, method="occlusion")
    plain = Plain(nlp, doc)
    score = scorer_of(nlp, name, plain, found)

    @torch.no_grad()
    def value(ids):
        return score(plain.hidden(plain.embedded(ids))).item()

    falls = []
    for start, n_pieces in zip(plain.starts, plain.per_token):
        ids = plain.ids.clone()
        ids[:, start : start + n_pieces] = plain.tokenizer.mask_token_id
        falls.append(value(plain.ids) - value(ids))
    assert found.scores == pytest.approx(falls, abs=1e-4)
    assert found.baseline_value == pytest.approx(value(plain.baseline_ids), abs=1e-4)
    assert found.completeness_error is None


@pytest.mark.parametrize("method", ["attention", "rollout"])
def test_attention_is_that_of_transformers(bert_folder, method):
    nlp = make_nlp(bert_folder, [])
    nlp.add_pipe("bert_textcat", config={"model": {"pooling": "cls"}})
    nlp.initialize(lambda: make_examples(nlp))
    doc = nlp.make_doc(TEXT)
    found = head_of(nlp, "bert_textcat").explain(doc, method=method)
    plain = Plain(nlp, doc)
    module = AutoModel.from_pretrained(bert_folder, attn_implementation="eager").eval()
    with torch.no_grad():
        layers = [layer.mean(1)[0] for layer in module(plain.ids, output_attentions=True).attentions]
    weights = layers[-1]
    if method == "rollout":
        weights = torch.eye(len(layers[0]))
        for layer in layers:
            weights = (layer + torch.eye(len(layer))) / 2 @ weights
    assert found.scores == pytest.approx(plain.per_token_sums(weights[0]), abs=1e-5)
    assert 0 < found.scores.sum() < 1
    assert (found.baseline, found.completeness_error) == ("", None)


def test_attention_comes_from_the_pieces_that_the_head_reads(trained, monkeypatch):
    nlp, doc, ner = trained, trained.make_doc(TEXT), head_of(trained, "bert_ner")
    monkeypatch.setattr(ner, "decoder", "constrained")  # a CRF reads what stands around as well
    found = ner.explain(doc[6:7], "GPE", method="attention")
    plain = Plain(nlp, doc)
    module = AutoModel.from_config(plain.module.config, attn_implementation="eager").eval()
    module.load_state_dict(plain.module.state_dict())
    with torch.no_grad():
        last = module(plain.ids, output_attentions=True).attentions[-1].mean(1)[0]
    assert found.scores == pytest.approx(plain.per_token_sums(last[plain.starts[6]]), abs=1e-5)


def test_gradient_times_input(nlp, doc):
    found = explain(nlp, "bert_textcat", doc, method="gradient_times_input")
    plain = Plain(nlp, doc)
    score = scorer_of(nlp, "bert_textcat", plain, found)
    vectors = plain.embedded(plain.ids).requires_grad_()
    (gradient,) = torch.autograd.grad(score(plain.hidden(vectors)).sum(), vectors)
    assert found.scores == pytest.approx(plain.per_token_sums((gradient * vectors).sum(-1)[0].detach()), abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", HEADS)
def test_value_is_the_log_odds_of_the_score(nlp, name, method):
    doc = nlp(TEXT)
    found = explain(nlp, name, doc, method=method)
    assert found.tokens == tuple(token.text for token in doc)
    assert found.text == TEXT
    assert len(found.spaces) == len(found.scores) == len(doc)
    assert found.scores.dtype == np.float64
    assert found.label in found.quantity
    if name == "bert_ner":
        assert (found.label, found.target) == ("PERSON", (0, 2))
        score = doc.ents[0]._.score
    else:
        pipe = head_of(nlp, name)
        score = pipe.predict([doc])[0, pipe.labels.index(found.label)]
        assert found.target is None
    assert found.probability == pytest.approx(score, abs=1e-6)
    assert 1 / (1 + np.exp(-found.value)) == pytest.approx(found.probability, abs=1e-5)


@pytest.mark.parametrize("decoder", ["constrained", "crf"])
def test_an_entity_has_the_score_that_the_decoder_gives_it(trained, monkeypatch, decoder):
    ner = head_of(trained, "bert_ner")
    monkeypatch.setattr(ner, "decoder", decoder)
    ner.cfg["temperature"] = 2.0
    doc = trained(TEXT)
    assert doc.ents
    for ent in doc.ents:
        found = ner.explain(ent, method="occlusion")
        assert found.probability == pytest.approx(ent._.score, abs=1e-5)
        assert 1 / (1 + np.exp(-found.value)) == pytest.approx(found.probability, abs=1e-5)


def test_a_calibrated_head(trained):
    textcat = head_of(trained, "bert_textcat")
    textcat.cfg["temperature"] = 2.0
    found = textcat.explain(trained.make_doc(TEXT))
    assert 1 / (1 + np.exp(-found.value)) == pytest.approx(found.probability, abs=1e-5)


def test_labels(nlp):
    doc = nlp(TEXT)
    textcat, ner = head_of(nlp, "bert_textcat"), head_of(nlp, "bert_ner")
    assert textcat.explain(doc, method="occlusion").label == "news"
    assert textcat.explain(doc, "order", method="occlusion").label == "order"
    assert ner.explain(doc.ents[2], method="occlusion").label == "GPE"
    assert ner.explain(doc[0:2], method="occlusion").label == "PERSON"
    other = ner.explain(doc[0:2], "ORG", method="occlusion")
    assert other.label == "ORG"
    assert other.probability < ner.explain(doc[0:2], method="occlusion").probability


def test_a_span_of_a_doc_that_is_categorized(nlp, doc):
    textcat = head_of(nlp, "bert_textcat")
    for method in METHODS:
        whole, part = textcat.explain(doc, method=method), textcat.explain(doc[2:5], method=method)
        assert part.tokens == whole.tokens[2:5]
        assert part.text == doc[2:5].text
        assert part.scores == pytest.approx(whole.scores[2:5], abs=1e-6)
        assert part.value == pytest.approx(whole.value)


@pytest.mark.parametrize("baseline", ["mask", "pad", "zero"])
def test_baselines(nlp, doc, baseline):
    found = explain(nlp, "bert_textcat", doc, baseline=baseline)
    assert found.baseline == baseline
    assert found.completeness_error <= 0.05


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_architecture(checkpoints, kind, method):
    nlp = make_initialized(checkpoints[kind], ["bert_ner", "bert_textcat"])
    doc = nlp.make_doc(TEXT)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[B396\]")
        for name in ("bert_ner", "bert_textcat"):
            found = explain(nlp, name, doc, method=method, steps=32)
            assert np.isfinite(found.scores).all()
            assert np.abs(found.scores).sum() > 0
            if found.completeness_error is not None:
                assert found.scores.sum() == pytest.approx(found.value - found.baseline_value, abs=0.05)


@pytest.mark.parametrize("name", HEADS)
def test_long_docs_in_windows(bert_folder, name):
    nlp = make_initialized(bert_folder, window_pieces=16, overlap_pieces=4)
    doc = nlp.make_doc(" ".join(TEXTS * 3))
    found = explain(nlp, name, doc, steps=MANY)
    assert found.completeness_error < 0.01
    assert found.value - found.baseline_value == pytest.approx(found.scores.sum(), abs=0.01)
    for method in METHODS[1:]:
        other = explain(nlp, name, doc, method=method)
        assert other.value == pytest.approx(found.value, abs=1e-4)
        if name == "bert_ner":  # the last window does not see the entity
            assert other.scores[-1] == found.scores[-1] == 0
        else:
            assert other.scores[-1] != 0


@pytest.mark.parametrize("method", GRADIENTS)
def test_batches_that_are_computed_again_give_the_same(nlp, method, monkeypatch):
    doc = nlp.make_doc(" ".join(TEXTS * 8))
    textcat = head_of(nlp, "bert_textcat")
    whole = textcat.explain(doc, method=method)
    monkeypatch.setitem(GRADIENT_PIECES, "cpu", 8)
    parts = textcat.explain(doc, method=method)
    assert parts.scores == pytest.approx(whole.scores, abs=1e-5)


def test_tokens_without_pieces_get_nothing(nlp):
    doc = Doc(nlp.vocab, words=["  ", "London", "\u200b", "calling", "\n"], spaces=[False, True, False, False, False])
    for method in METHODS:
        found = head_of(nlp, "bert_textcat").explain(doc, method=method)
        assert found.scores[[0, 2, 4]].tolist() == [0, 0, 0]
        assert found.scores[[1, 3]].all()


def test_what_stands_around_gets_nothing(bert_folder):
    nlp = make_initialized(bert_folder, ["bert_textcat"], context_pieces=20)
    doc = list(with_context([list(nlp.tokenizer.pipe(TEXTS))]))[1]
    found = head_of(nlp, "bert_textcat").explain(doc, steps=MANY)
    assert len(found.scores) == len(doc)
    assert found.scores.sum() == pytest.approx(found.value - found.baseline_value, abs=1e-3)


def state_of(nlp):
    modules = [encoder_of(nlp).shim.module, *(head_of(nlp, name).shim.module for name in HEADS)]
    return [
        (weight.detach().clone(), None if weight.grad is None else weight.grad.clone(), weight.requires_grad)
        for module in modules
        for weight in module.parameters()
    ], [part.training for module in modules for part in module.modules()]


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_changed(trained, method):
    trained.update(make_examples(trained), sgd=None)  # leaves gradients
    doc = trained.make_doc(TEXT)
    before, json_before = state_of(trained), json.dumps(doc.to_json())
    attention = encoder_of(trained).shim.module.config._attn_implementation
    for name in HEADS:
        explain(trained, name, doc, method=method)
    after = state_of(trained)
    assert before[1] == after[1]
    for old, new in zip(before[0], after[0]):
        assert torch.equal(old[0], new[0])
        assert old[2] == new[2]
        assert (old[1] is None) == (new[1] is None)
        assert old[1] is None or torch.equal(old[1], new[1])
    assert json.dumps(doc.to_json()) == json_before
    assert not doc.user_data
    assert encoder_of(trained).shim.module.config._attn_implementation == attention


def test_weights_without_gradients_stay_without(nlp, doc):
    for name in HEADS:
        explain(nlp, name, doc)
        assert all(weight.grad is None for weight in head_of(nlp, name).shim.module.parameters())
    assert all(weight.grad is None for weight in encoder_of(nlp).shim.module.parameters())


def test_other_threads_predict_and_train(trained):
    expected = explain(trained, "bert_textcat", trained.make_doc(TEXT)).scores
    found, failures = [], []

    def work(function, times):
        try:
            for _ in range(times):
                found.append(function())
        except Exception as error:
            failures.append(error)

    def run():
        return explain(trained, "bert_textcat", trained.make_doc(TEXT)).scores

    threads = [threading.Thread(target=work, args=(run, 3)) for _ in range(3)]
    threads += [threading.Thread(target=work, args=(lambda: trained(TEXT).cats and None, 10))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(scores == pytest.approx(expected, abs=1e-5) for scores in found if scores is not None)
    optimizer = adamw()
    training = threading.Thread(
        target=work, args=(lambda: trained.update(make_examples(trained), sgd=optimizer) and None, 10)
    )
    training.start()
    while training.is_alive():
        assert np.isfinite(run()).all()
    training.join()
    assert failures == []


def trained_weights(folder, *, is_explained):
    """After some steps, with dropout."""
    fix_random_seed(0)
    nlp = make_initialized(folder, ["bert_ner", "bert_textcat"])
    is_over, found = threading.Event(), []

    def explain_all():
        while not is_over.is_set():
            for method in METHODS:
                found.append([explain(nlp, "bert_textcat", nlp.make_doc(TEXT), method=method)])

    beside = threading.Thread(target=explain_all)
    if is_explained:
        beside.start()
    learn(nlp, steps=6)
    is_over.set()
    if is_explained:
        beside.join()
        assert found
    modules = [encoder_of(nlp).shim.module, *(head_of(nlp, name).shim.module for name in ("bert_ner", "bert_textcat"))]
    return [weight.detach() for module in modules for weight in module.parameters()]


def test_training_is_the_same_while_others_explain(bert_folder):
    alone, beside = (trained_weights(bert_folder, is_explained=is_explained) for is_explained in (False, True))
    assert all(torch.equal(one, other) for one, other in zip(alone, beside, strict=True))


@pytest.mark.parametrize("settings", [{"lora_rank": 2}, {"freeze": "all"}, {"gradient_checkpointing": True}])
def test_encoders_that_train_in_other_ways(bert_folder, settings):
    nlp = make_initialized(bert_folder, ["bert_textcat"], **settings)
    nlp.update(make_examples(nlp), sgd=adamw())
    doc = nlp.make_doc(TEXT)
    found = head_of(nlp, "bert_textcat").explain(doc, steps=64)
    assert found.value == pytest.approx(head_of(nlp, "bert_textcat").explain(doc, method="occlusion").value, abs=1e-4)
    assert found.scores.sum() == pytest.approx(found.value - found.baseline_value, abs=0.02)


def test_a_head_with_an_encoder_of_its_own(trained):
    expected = explain(trained, "bert_textcat", trained.make_doc(TEXT))
    trained.replace_listeners("bert_encoder", "bert_textcat", ["model.encoder"])
    found = explain(trained, "bert_textcat", trained.make_doc(TEXT))
    assert found.scores == pytest.approx(expected.scores, abs=1e-6)


@pytest.mark.parametrize("precision", ["bf16"])
def test_gradients_are_fp32(bert_folder, precision):
    nlp = make_initialized(bert_folder, ["bert_textcat"], precision=precision)
    doc = nlp.make_doc(TEXT)
    found = head_of(nlp, "bert_textcat").explain(doc)
    encoder_of(nlp).to("cpu", precision="fp32")
    assert head_of(nlp, "bert_textcat").explain(doc).scores == pytest.approx(found.scores, abs=1e-6)


@pytest.mark.parametrize("backend", ["openvino", "onnx"])
def test_back_ends_occlude(shared_trained, trained_folder, doc, backend, tmp_path):
    pytest.importorskip("openvino" if backend == "openvino" else "onnxruntime")
    other = spacy.load(trained_folder, config={"components": {"bert_encoder": {"model": {"backend": backend}}}})
    for name in HEADS:
        expected = explain(shared_trained, name, doc, method="occlusion")
        assert explain(other, name, doc, method="occlusion").scores == pytest.approx(expected.scores, abs=1e-3)
    assert explain(other, "bert_textcat", doc).completeness_error <= 0.05


# What is refused


@pytest.mark.parametrize(("setting", "value"), [("method", "lime"), ("baseline", "unk"), ("method", None)])
def test_unknown_settings(nlp, doc, setting, value):
    with raises_code("B390", match=setting):
        explain(nlp, "bert_textcat", doc, **{setting: value})


@pytest.mark.parametrize("steps", [0, -1, 1.5, 1001])
def test_steps_out_of_range(nlp, doc, steps):
    with raises_code("B012", match="steps.*from 1 to 1000"):
        explain(nlp, "bert_textcat", doc, steps=steps)


def test_unknown_labels(nlp, doc):
    for name in HEADS:
        with raises_code("B391", match="weather"):
            explain(nlp, name, doc, label="weather")


@pytest.mark.parametrize("words", [[], [" "], ["\n", "\t"]])
def test_texts_of_nothing(nlp, words):
    for name in HEADS:
        with raises_code("B392", match="Doc"):
            head_of(nlp, name).explain(Doc(nlp.vocab, words=words))


def test_spans_of_nothing(nlp, doc):
    blank = Doc(nlp.vocab, words=["London", " ", "calling"])
    for name in HEADS:
        for span in (doc[2:2], blank[1:2]):
            with raises_code("B392", match="Span"):
                head_of(nlp, name).explain(span, "PERSON" if name == "bert_ner" else None)
        with raises_code("B392", match="str"):
            head_of(nlp, name).explain(TEXT)


def test_entities_are_spans(nlp, doc):
    with raises_code("B395", match="Angela"):
        head_of(nlp, "bert_ner").explain(doc)


def test_a_component_without_weights(bert_folder):
    nlp = make_nlp(bert_folder, ["bert_textcat"])
    with raises_code("B022", match="bert_textcat"):
        head_of(nlp, "bert_textcat").explain(nlp.make_doc(TEXT))


def test_a_head_that_does_not_answer(trained, monkeypatch):
    textcat = head_of(trained, "bert_textcat")
    monkeypatch.delattr(type(textcat), "explained")
    with raises_code("B300", NoAnswerError, match="explained"):
        textcat.explain(trained.make_doc(TEXT))


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_a_tokenizer_without_the_piece(trained, method):
    tokenizer = encoder_of(trained).shim.loaded.checkpoint.tokenizer
    tokenizer.mask_token = None
    with raises_code("B393", match="pad"):
        explain(trained, "bert_textcat", trained.make_doc(TEXT), method=method)
    assert explain(trained, "bert_textcat", trained.make_doc(TEXT), method=method, baseline="pad").baseline == "pad"


def test_occlusion_has_no_zeros(nlp, doc):
    with raises_code("B394", match="zeros"):
        explain(nlp, "bert_textcat", doc, method="occlusion", baseline="zero")


def test_what_misses_is_told(bert_folder, doc, monkeypatch):
    nlp = make_initialized(bert_folder, ["bert_textcat"])
    monkeypatch.setattr("spacy_bert_ext.pipeline.explaining.TOLERANCE", -1.0)
    with pytest.warns(UserWarning, match=r"\[B396\].*bert_textcat"):
        head_of(nlp, "bert_textcat").explain(nlp.make_doc(TEXT))


def test_a_listener_of_spacy_transformers(checkpoints):
    pytest.importorskip("spacy_transformers")
    nlp = spacy.blank("en")
    nlp.add_pipe("transformer", config={"model": {"name": checkpoints["bert"], "mixed_precision": False}})
    listener = {"@architectures": "spacy-bert-ext.SpacyTransformersListener.v1"}
    nlp.add_pipe("bert_textcat", config={"model": {"encoder": listener}})
    nlp.initialize(lambda: make_examples(nlp))
    with raises_code("B295", match="transformer_vectors"):
        head_of(nlp, "bert_textcat").explain(nlp(TEXT))
