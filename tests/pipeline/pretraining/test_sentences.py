"""Next sentences: loss and gradients are those of transformers' `BertForPreTraining` on the same pairs."""

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from transformers import AutoModelForPreTraining, BertForMaskedLM, BertForPreTraining

from spacy_bert_ext.encoder.readings import MaskedPairs
from spacy_bert_ext.huggingface.language_models import new_language_model
from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.pipeline.pretraining.sentences import check_sentences, sentence_starts_of
from tests.coded import raises_code
from tests.pipeline.gradients import switch_off_dropout
from tests.pipeline.pipelines import adamw, encoder_of
from tests.pipeline.test_bert_pretraining import make_nlp, masked_inputs, pretraining_of, update_in_parts
from tests.tiny import TEXT

LINES = TEXT.strip().splitlines()


def examples_of(nlp: Language, n: int = 6) -> list[Example]:
    """Docs of two or three lines, of which each is a sentence, and one of a single line."""
    docs = []
    for i in range(n):
        lines = [line.split() for line in LINES[2 * i % 10 :][: 1 if i == 3 else 2 + i % 2]]
        words = [word for line in lines for word in line]
        starts = [j == 0 for line in lines for j in range(len(line))]
        docs.append(Doc(nlp.vocab, words=words, sent_starts=starts))
    return [Example(doc, doc) for doc in docs]


@pytest.fixture
def nlp(checkpoints, monkeypatch) -> Language:
    return make_pairs(checkpoints["bert"])


def make_pairs(folder: str, encoder: dict | None = None, **settings) -> Language:
    nlp = spacy.blank("en")
    settings = {"next_sentence": True, "mask_share": 0.3, "head_steps": 0, **settings}
    return make_nlp(folder, encoder, get_examples=lambda: examples_of(nlp), **settings)


def inputs_of_pairs(reading: MaskedPairs, tokenizer) -> dict[str, torch.Tensor]:
    """As transformers takes them; labels of next sentences for pairs alone."""
    inputs, start, rows = masked_inputs(reading, tokenizer), 0, []
    for n_pieces in reading.read.pieces.per_doc:
        rows.append([0, *reading.read.types[start : start + n_pieces].tolist()])
        rows[-1].append(rows[-1][-1])
        start += n_pieces
    types = torch.zeros_like(inputs["input_ids"])
    for row, of_row in zip(types, rows):
        row[: len(of_row)] = torch.tensor(of_row)
    labels = torch.full((len(rows),), -100)
    labels[torch.from_numpy(reading.read.pairs)] = torch.from_numpy(reading.read.labels)
    return {**inputs, "token_type_ids": types, "next_sentence_label": labels}


def test_loss_and_gradients_are_those_of_transformers(nlp, tmp_path):
    torch.manual_seed(3)
    head = pretraining_of(nlp)
    model, tokenizer = head.language_model()
    switch_off_dropout(nlp)
    (reading,), losses = update_in_parts(nlp, [examples_of(nlp)])
    assert set(reading.read.labels.tolist()) == {0, 1} and len(reading.read.pairs) == 5
    inputs = inputs_of_pairs(reading, tokenizer)
    output = model(**inputs)
    assert losses["bert_pretraining"] == pytest.approx(output.loss.item(), abs=1e-5)
    output.loss.backward()
    found = {f"bert.{name}": weight for name, weight in encoder_of(nlp).shim.module.named_parameters()}
    found |= dict(head.module.model.named_parameters())
    names = [name for name, weight in model.named_parameters() if weight.grad is not None]
    for name in names:
        torch.testing.assert_close(found[name].grad, model.get_parameter(name).grad, rtol=1e-4, atol=1e-6, msg=name)
    assert {"cls.seq_relationship.weight", "bert.pooler.dense.weight"} <= set(names)
    # What was saved opens in transformers.
    model.eval().save_pretrained(tmp_path / "saved")
    again = AutoModelForPreTraining.from_pretrained(tmp_path / "saved").eval()
    assert isinstance(again, BertForPreTraining)
    given = {name: inputs[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    for name in ("prediction_logits", "seq_relationship_logits"):
        assert torch.equal(again(**given)[name], model(**given)[name])
    assert isinstance(BertForMaskedLM.from_pretrained(tmp_path / "saved"), BertForMaskedLM)


def test_it_learns_next_sentences(nlp):
    """From the pairs that it is evaluated on: those of other ones could not be told from six Docs."""
    sgd, head = adamw(), pretraining_of(nlp)
    switch_off_dropout(nlp)
    read = head._reading
    head.reading_to_learn = lambda examples: read(examples, (1, 0))
    head.seed = 1
    before = nlp.evaluate(examples_of(nlp))
    for _ in range(30):
        nlp.update(examples_of(nlp), sgd=sgd)
    after = nlp.evaluate(examples_of(nlp))
    assert before["nsp_accuracy"] < 1 and after["nsp_accuracy"] == 1
    assert after["mlm_cross_entropy"] < 0.5 * before["mlm_cross_entropy"]


def test_pairs_are_the_same_in_each_evaluation(nlp):
    first, second = (nlp.evaluate(examples_of(nlp)) for _ in range(2))
    assert {k: v for k, v in first.items() if k != "speed"} == {k: v for k, v in second.items() if k != "speed"}
    assert "nsp_accuracy" not in make_pairs_off(nlp).evaluate(examples_of(nlp))


def make_pairs_off(nlp: Language) -> Language:
    pretraining_of(nlp).next_sentence = False
    return nlp


def test_docs_of_one_sentence_give_no_pairs(nlp):
    doc = Doc(nlp.vocab, words=["Berlin", "is"])
    assert nlp.update([Example(doc, doc)] * 4, sgd=adamw())["bert_pretraining"] >= 0
    assert nlp.evaluate([Example(doc, doc)])["nsp_accuracy"] is None
    empty = Doc(nlp.vocab)
    assert nlp.update([Example(empty, empty)], sgd=adamw())["bert_pretraining"] == 0


def test_nothing_masked_leaves_the_loss_of_pairs(checkpoints):
    nlp = make_pairs(checkpoints["bert"], mask_share=1e-9)
    assert nlp.update(examples_of(nlp), sgd=adamw())["bert_pretraining"] == pytest.approx(np.log(2), abs=0.5)


def test_weights_of_the_checkpoint_are_kept(checkpoints, tmp_path):
    torch.manual_seed(5)
    model = new_model(checkpoints["bert"], tmp_path / "whole", BertForPreTraining)
    head = pretraining_of(make_pairs(str(tmp_path / "whole"))).module
    assert not head.is_new
    assert torch.equal(head.model.cls.seq_relationship.weight, model.cls.seq_relationship.weight)
    assert torch.equal(head.model.bert.pooler.dense.weight, model.bert.pooler.dense.weight)
    # A language model without that part keeps what it has.
    model = new_model(checkpoints["bert"], tmp_path / "masked", BertForMaskedLM)
    head = pretraining_of(make_pairs(str(tmp_path / "masked"))).module
    assert not head.is_new
    expected = model.cls.predictions.transform.dense.weight
    assert torch.equal(head.model.cls.predictions.transform.dense.weight, expected)
    # A pooler without a head is the head's to begin with.
    checkpoint = load_checkpoint(checkpoints["bert"])
    head = new_language_model(checkpoint, next_sentence=True)
    assert torch.equal(head.bert.pooler.dense.weight, checkpoint.module.pooler.dense.weight)


def new_model(folder: str, to, kind):
    import shutil

    from transformers import AutoConfig

    shutil.copytree(folder, to)
    model = kind(AutoConfig.from_pretrained(folder))
    model.save_pretrained(to)
    return model


def test_a_saved_pipeline_scores_the_same(nlp, tmp_path):
    nlp.update(examples_of(nlp), sgd=adamw())
    expected = nlp.evaluate(examples_of(nlp))
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    found = again.evaluate(examples_of(again))
    assert {k: v for k, v in found.items() if k != "speed"} == {k: v for k, v in expected.items() if k != "speed"}
    assert type(pretraining_of(again).language_model()[0]) is BertForPreTraining


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_other_architectures_are_refused(checkpoints, kind):
    with raises_code("B406", match="transformers has no next-sentence head"):
        make_pairs(checkpoints[kind])


def test_a_tokenizer_without_token_types_is_refused(checkpoints, tmp_path):
    import json
    import shutil

    shutil.copytree(checkpoints["bert"], tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "type_vocab_size": 1}))
    from safetensors.torch import load_file, save_file

    weights = load_file(tmp_path / "model" / "model.safetensors")
    name = next(name for name in weights if name.endswith("token_type_embeddings.weight"))
    weights[name] = weights[name][:1].contiguous()
    save_file(weights, tmp_path / "model" / "model.safetensors", metadata={"format": "pt"})
    with raises_code("B406", match="no token types"):
        make_pairs(str(tmp_path / "model"))


def test_settings_that_do_not_go_together_are_refused(checkpoints):
    with raises_code("B408", match="'mean'"):
        make_pairs(checkpoints["bert"], {"window_pooling": "mean"})


def test_a_corpus_without_neighbours_is_refused(nlp):
    doc = Doc(nlp.vocab, words=["a", "b"], sent_starts=[True, False])
    with raises_code("B407", match="none of 3 Docs has two sentences"):
        check_sentences("x", [Example(doc, doc)] * 3)
    check_sentences("x", examples_of(nlp))


def test_sentences_are_those_of_the_doc_or_of_its_reference(nlp):
    words = ["a", "b", "c"]
    with_sentences = Doc(nlp.vocab, words=words, sent_starts=[True, False, True])
    other = Doc(nlp.vocab, words=words, sent_starts=[True, True, False])
    without = Doc(nlp.vocab, words=words)
    assert sentence_starts_of(Example(with_sentences, other)).tolist() == [True, False, True]
    assert sentence_starts_of(Example(without, other)).tolist() == [True, True, False]
    assert sentence_starts_of(Example(without, without)).tolist() == [False] * 3
    assert sentence_starts_of(Example(Doc(nlp.vocab), Doc(nlp.vocab))).tolist() == []
