from pathlib import Path

import pytest

from spacy_bert_ext.pretraining.figures import _is_hub_name, _licence_of
from tests.pretraining.runs import figures, pretraining_config, run
from tests.tiny import make_checkpoint


def test_a_pretraining_is_told_without_times_and_places(tmp_path: Path) -> None:
    encoder = make_checkpoint(tmp_path / "encoder", "distilbert")
    (tmp_path / "encoder" / "README.md").write_text("---\nlicense: mit\n---\n")
    config = pretraining_config(encoder, tmp_path, {"training": {"max_steps": 6}})
    told = run(config, tmp_path / "out")
    found = figures(tmp_path / "out" / "model-last")
    assert found["architecture"] == "DistilBertForMaskedLM" and found["language"] == "en"
    assert found["checkpoint"] is None and found["licence"] == "mit" and not found["random_weights"]
    assert (found["texts"], found["held_out"]) == ("raw.txt", "dev.txt")
    assert (found["steps"], found["passes"]) == (7, told[-1]["epoch"] + 1)
    assert found["words"] == told[-1]["words"]
    masks = {"mask_share": 0.15, "mask_by": "piece", "masked": 0.8, "random": 0.1}
    assert masks.items() <= found["objective"].items() and "model" not in found["objective"]
    assert "name" not in found["training"]["batcher"]
    scores = {"mlm_probability", "mlm_cross_entropy", "mlm_accuracy", "mlm_perplexity"}
    assert [evaluation.keys() - scores for evaluation in found["evaluations"]] == [{"step"}] * 3
    assert [evaluation["step"] for evaluation in found["evaluations"]] == [0, 5, 6]
    assert found["versions"].keys() >= {"spacy", "torch", "transformers"}


@pytest.mark.parametrize("card", ["no card", "---\nlicense: [a, b]\n---\n", "---\n: : :\n---\n"])
def test_a_card_without_a_licence_tells_none(tmp_path: Path, card: str) -> None:
    (tmp_path / "README.md").write_text(card)
    assert _licence_of(str(tmp_path)) is None


def test_hub_names_are_told_and_places_are_not(tmp_path: Path) -> None:
    assert _is_hub_name("bert-base-cased") and _is_hub_name("sentence-transformers/all-MiniLM-L6-v2")
    assert not any(_is_hub_name(name) for name in (str(tmp_path), "./bert", "a/b/c", "tests"))
