from typing import Any

import yaml

from spacy_bert_ext.pretraining.card import checkpoint_card

FIGURES: dict[str, Any] = {
    "architecture": "BertForMaskedLM",
    "language": "en",
    "checkpoint": "bert-base-cased",
    "licence": "apache-2.0",
    "random_weights": False,
    "texts": "raw.jsonl",
    "held_out": "dev.jsonl",
    "steps": 1001,
    "passes": 3,
    "words": 1234567,
    "objective": {"mask_share": 0.15, "mask_by": "token", "masked": 0.8, "random": 0.1},
    "encoder": {"window_pieces": 256, "pieces_from": "tokens", "lora_rank": 0},
    "evaluations": [
        {"step": 0, "mlm_cross_entropy": 3.25, "mlm_accuracy": 0.5, "mlm_perplexity": 25.79},
        {"step": 500, "mlm_cross_entropy": 2.5, "mlm_accuracy": 0.6, "mlm_perplexity": 12.18},
        {"step": 1000, "mlm_cross_entropy": 2.25, "mlm_accuracy": 0.625, "mlm_perplexity": 9.49},
    ],
    "versions": {"python": "3.11.7", "spacy-bert-ext": "0.1.0"},
}


def card(**changes: Any) -> str:
    return checkpoint_card({**FIGURES, **changes})


def fields(text: str) -> dict[str, Any]:
    return yaml.safe_load(text.split("---")[1])


def test_the_hub_is_told_what_it_is() -> None:
    assert fields(card()) == {
        "language": "en",
        "license": "apache-2.0",
        "library_name": "transformers",
        "pipeline_tag": "fill-mask",
        "tags": ["spacy", "spacy-bert-ext"],
        "base_model": "bert-base-cased",
    }
    of_a_folder = fields(card(checkpoint=None, licence=None))
    assert of_a_folder["license"] == "unknown" and "base_model" not in of_a_folder


def test_people_are_told_data_masks_and_figures() -> None:
    text = card()
    assert "the checkpoint `bert-base-cased`, trained further on raw text" in text
    for row in (
        "| texts | raw.jsonl |",
        "| words seen | 1,234,567 |",
        "| passes begun | 3 |",
        "| steps | 1,001 |",
        "| masked | 15%, by whole tokens |",
        "| of these | 80% the mask piece, 10% another piece, 10% as it is |",
        "| after step | cross-entropy (nats) | accuracy | perplexity |",
        "| 1 | 3.250 | 50.0% | 25.79 |",
        "| 1,001 | 2.250 | 62.5% | 9.49 |",
    ):
        assert row in text.splitlines()
    assert "| 501 |" not in text and "LoRA" not in text
    assert "| LoRA rank | 8 |" in card(encoder={**FIGURES["encoder"], "lora_rank": 8})


def test_where_it_comes_from_is_told_without_paths() -> None:
    assert "a checkpoint that was trained further" in card(checkpoint=None)
    assert "trained from random weights" in card(checkpoint=None, random_weights=True)


def test_without_held_out_text_there_are_no_figures() -> None:
    assert "It was not evaluated: there was no held-out text." in card(held_out=None, evaluations=[{"step": 0}])


def test_one_evaluation_is_told_once() -> None:
    assert card(evaluations=FIGURES["evaluations"][:1]).count("25.79") == 1
