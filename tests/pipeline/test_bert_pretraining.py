"""Loss and gradients are those of transformers' `AutoModelForMaskedLM` on the same masked pieces."""

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.training import Example
from transformers import AutoModelForMaskedLM, AutoTokenizer

from spacy_bert_ext.encoder.readings import MaskedDocs
from spacy_bert_ext.pieces.masks import Masking
from tests.coded import raises_code
from tests.pipeline.gradients import switch_off_dropout
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of
from tests.tiny import KINDS, TEXT, make_docs

HALF = {"mask_share": 0.5}


def make_nlp(folder: str, encoder: dict | None = None, *, get_examples=None, **settings) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(str(folder), **(encoder or {})))
    nlp.add_pipe("bert_pretraining", config=settings)
    nlp.initialize(get_examples or (lambda: examples_of(nlp)))
    return nlp


def examples_of(nlp: Language) -> list[Example]:
    return [Example(doc, doc) for doc in make_docs(*TEXT.strip().splitlines()[:6], vocab=nlp.vocab)]


def pretraining_of(nlp: Language):
    return nlp.get_pipe("bert_pretraining")


def masked_inputs(reading: MaskedDocs, tokenizer) -> dict[str, torch.Tensor]:
    """As transformers takes them: one row for each Doc, labels where a piece is to be predicted."""
    masked, _ = reading.planned
    rows, labels, start = [], [], 0
    for n_pieces in masked.pieces.per_doc:
        stop = start + n_pieces
        within = (masked.places >= start) & (masked.places < stop)
        of_row = torch.full((n_pieces + 2,), -100)
        of_row[torch.from_numpy(masked.places[within] - start + 1)] = torch.from_numpy(masked.targets[within])
        labels.append(of_row)
        ids = masked.pieces.ids[start:stop].tolist()
        rows.append([tokenizer.cls_token_id, *ids, tokenizer.sep_token_id])
        start = stop
    length = max(map(len, rows))
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    padded = torch.tensor([row + [tokenizer.pad_token_id] * (length - len(row)) for row in rows])
    labels_padded = torch.full(padded.shape, -100)
    for row, of_row in zip(labels_padded, labels):
        row[: len(of_row)] = of_row
    return {"input_ids": padded, "attention_mask": mask, "labels": labels_padded}


def update_in_parts(nlp: Language, parts: list[list[Example]]) -> tuple[list[MaskedDocs], dict[str, float]]:
    """Leave the gradients of a batch's parts. What was read of each, and the sum of losses."""
    head, encoder, readings, losses = pretraining_of(nlp), encoder_of(nlp), [], {}
    make = type(head).reading_to_learn
    head.reading_to_learn = lambda examples: readings.append(make(head, examples)) or readings[-1]
    for part in parts:
        for pipe in (encoder, head):
            pipe.update(part, losses=losses)
        encoder.shared.complete_step()
    del head.reading_to_learn
    return readings, losses


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask_by", ["piece", "token"])
def test_loss_and_gradients_are_those_of_transformers(checkpoints, tmp_path, kind, mask_by):
    nlp = make_nlp(checkpoints[kind], head_steps=0, mask_share=0.3, mask_by=mask_by)
    head = pretraining_of(nlp)
    model, tokenizer = head.language_model()
    switch_off_dropout(nlp)
    (reading,), losses = update_in_parts(nlp, [examples_of(nlp)])
    inputs = masked_inputs(reading, tokenizer)
    output = model(**inputs)
    assert losses["bert_pretraining"] == pytest.approx(output.loss.item(), abs=1e-5)
    assert (inputs["labels"] >= 0).sum() > 20
    output.loss.backward()
    expected = dict(model.named_parameters())
    prefix = model.base_model_prefix
    found = {f"{prefix}.{name}": weight for name, weight in encoder_of(nlp).shim.module.named_parameters()}
    found |= dict(head.module.model.named_parameters())
    for name, weight in expected.items():
        if weight.grad is not None:
            torch.testing.assert_close(found[name].grad, weight.grad, rtol=1e-4, atol=1e-6, msg=name)
    # What was saved opens in transformers.
    model.save_pretrained(tmp_path / "saved")
    tokenizer.save_pretrained(tmp_path / "saved")
    again = AutoModelForMaskedLM.from_pretrained(tmp_path / "saved").eval()
    assert torch.equal(again(inputs["input_ids"]).logits, model.eval()(inputs["input_ids"]).logits)
    assert AutoTokenizer.from_pretrained(tmp_path / "saved").mask_token_id == tokenizer.mask_token_id


@pytest.mark.parametrize("has_own_encoder", [False, True])
def test_gradients_of_parts_are_those_of_the_batch(checkpoints, has_own_encoder):
    """Also that of the weight that projection and embedding share, though it comes two ways."""
    nlp = make_nlp(checkpoints["roberta"], mask_share=0.3)
    head, encoder = pretraining_of(nlp), encoder_of(nlp)
    if has_own_encoder:
        nlp.replace_listeners("bert_encoder", "bert_pretraining", ["model.encoder"])
    switch_off_dropout(nlp)
    head.encoder_shim.module.eval()
    examples = examples_of(nlp)
    learners = [head] if has_own_encoder else [encoder, head]
    readings = []
    make = head.reading_to_learn
    head.reading_to_learn = lambda part: readings.append(make(part)) or readings[-1]
    for part in (examples[:1], examples[1:4], examples[4:]):
        for pipe in learners:
            pipe.update(part)
        if not has_own_encoder:
            encoder.shared.complete_step()
    for learner in learners:
        learner.gradients.finish()
    model, tokenizer = head.language_model()
    n_masked = [len(reading.planned[0].places) for reading in readings]
    losses = [model(**masked_inputs(reading, tokenizer)).loss * n for reading, n in zip(readings, n_masked)]
    (sum(losses) / sum(n_masked)).backward()
    embedding = head.encoder_shim.module.get_input_embeddings()
    torch.testing.assert_close(embedding.weight.grad, model.get_input_embeddings().weight.grad, rtol=1e-4, atol=1e-6)


def test_it_learns(checkpoints):
    nlp = make_nlp(checkpoints["roberta"], mask_share=0.3)
    before, sgd = nlp.evaluate(examples_of(nlp)), adamw()
    for _ in range(60):
        nlp.update(examples_of(nlp), sgd=sgd)
    after = nlp.evaluate(examples_of(nlp))
    assert after["mlm_cross_entropy"] < 0.8 * before["mlm_cross_entropy"]
    assert after["mlm_accuracy"] > before["mlm_accuracy"]


def test_masks_are_new_in_each_step_and_the_same_in_each_evaluation(checkpoints):
    nlp = make_nlp(checkpoints["roberta"], **HALF)
    head, examples = pretraining_of(nlp), examples_of(nlp)
    seeds = [head.reading_to_learn(examples).seed for _ in range(3)]
    assert len(set(seeds)) == 3
    scores = [nlp.evaluate(examples) for _ in range(2)]
    assert {k: v for k, v in scores[0].items() if k != "speed"} == {k: v for k, v in scores[1].items() if k != "speed"}
    other = make_nlp(checkpoints["roberta"], seed=1, **HALF)
    assert other.evaluate(examples_of(other))["mlm_cross_entropy"] != scores[0]["mlm_cross_entropy"]


def test_a_new_head_learns_alone_at_first(checkpoints):
    nlp = make_nlp(checkpoints["bert"], head_steps=2)
    encoder, head, sgd = encoder_of(nlp).shim, pretraining_of(nlp), adamw()

    def weights(shim) -> list[torch.Tensor]:
        return [weight.detach().clone() for weight in shim.module.parameters()]

    for step in range(4):
        before = weights(encoder), weights(head.shim)
        nlp.update(examples_of(nlp), sgd=sgd)
        encoder_of(nlp).shared.complete_step()
        changed = [not all(map(torch.equal, old, weights(shim))) for old, shim in zip(before, (encoder, head.shim))]
        assert changed == [step >= 2, True], step


def test_a_head_that_has_learned_does_not_hold_the_encoder(checkpoints):
    nlp = make_nlp(checkpoints["roberta"], head_steps=2)
    assert encoder_of(nlp).shim.held_steps == 0 and not pretraining_of(nlp).module.is_new


def test_a_held_encoder_gets_its_adapters_afterwards(checkpoints):
    nlp = make_nlp(checkpoints["bert"], {"lora_rank": 2}, head_steps=1)
    shim, sgd = encoder_of(nlp).shim, adamw()
    nlp.update(examples_of(nlp), sgd=sgd)
    encoder_of(nlp).shared.complete_step()
    assert not any("lora" in name for name, _ in shim.module.named_parameters())
    nlp.update(examples_of(nlp), sgd=sgd)
    encoder_of(nlp).shared.complete_step()
    learning = [name for name, weight in shim.module.named_parameters() if weight.requires_grad]
    assert learning and all("lora" in name for name in learning)
    model, _ = pretraining_of(nlp).language_model()
    assert not any("lora" in name for name in model.state_dict())


def test_docs_are_not_changed_and_not_encoded(checkpoints):
    nlp = make_nlp(checkpoints["roberta"])
    (doc,) = make_docs("Berlin is nice", vocab=nlp.vocab)
    before = doc.to_bytes()
    assert nlp(doc).to_bytes() == before and not encoder_of(nlp).reads_docs


def test_a_saved_pipeline_scores_the_same(checkpoints, tmp_path):
    nlp = make_nlp(checkpoints["bert"], **HALF)
    nlp.update(examples_of(nlp), sgd=adamw())
    expected = nlp.evaluate(examples_of(nlp))
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    found = again.evaluate(examples_of(again))
    assert {k: v for k, v in found.items() if k != "speed"} == {k: v for k, v in expected.items() if k != "speed"}
    assert pretraining_of(again).masking == Masking(0.5)


def test_long_docs_and_empty_ones(checkpoints):
    nlp = make_nlp(checkpoints["roberta"], mask_share=0.3)
    docs = [*make_docs("Berlin " * 400, vocab=nlp.vocab), *make_docs("", "a", vocab=nlp.vocab)]
    losses = nlp.update([Example(doc, doc) for doc in docs], sgd=adamw())
    assert losses["bert_pretraining"] > 0
    (empty,) = make_docs("", vocab=nlp.vocab)
    assert nlp.update([Example(empty, empty)], sgd=adamw())["bert_pretraining"] == 0
    assert nlp.evaluate([Example(empty, empty)])["mlm_cross_entropy"] is None


def test_a_tokenizer_without_a_mask_piece_is_refused(checkpoints, tmp_path):
    import json
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(checkpoints["bert"], folder)
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        table = json.loads((folder / file).read_text())
        table.pop("mask_token", None)
        table["mask_token"] = None
        (folder / file).write_text(json.dumps(table))
    with raises_code("B487"):
        make_nlp(str(folder))


@pytest.mark.parametrize("freeze", ["embeddings", 1, "all"])
def test_random_weights_are_not_kept_as_they_are(checkpoints, freeze):
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(checkpoints["bert"], freeze=freeze))
    nlp.add_pipe("bert_pretraining")
    nlp.config["initialize"]["components"]["bert_encoder"] = {"random_weights": True}
    with raises_code("B428"):
        nlp.initialize(lambda: examples_of(nlp))


def test_another_model_is_refused(checkpoints):
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(checkpoints["bert"]))
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1"}
    block = {"@architectures": "spacy-bert-ext.QuestionAnswerer.v1", "encoder": listener}
    nlp.add_pipe("bert_pretraining", config={"model": block})
    with raises_code("B489"):
        nlp.initialize(lambda: examples_of(nlp))


def test_a_reading_that_was_not_planned_has_no_masks():
    with raises_code("B486"):
        MaskedDocs([], Masking(), (0,)).planned  # noqa: B018


def test_a_reading_of_one_seed_masks_the_same(checkpoints):
    nlp = make_nlp(checkpoints["bert"], **HALF)
    docs, shim = make_docs("Berlin met the president", vocab=nlp.vocab), encoder_of(nlp).shim
    readings = [MaskedDocs(docs, Masking(0.5), (7, 1)) for _ in range(2)]
    batches = [reading.plan(shim) for reading in readings]
    assert np.array_equal(*(reading.planned[0].places for reading in readings))
    assert np.array_equal(batches[0].pieces.ids, batches[1].pieces.ids)
    assert len(readings[0].repeated(2).docs) == 2 and readings[0].doc_tokens().tolist() == [0, 1, 2, 3]
