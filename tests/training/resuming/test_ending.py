"""What a finished training says when it is resumed."""

import pytest

from spacy_bert_ext.training.resuming.ending import told_ending
from spacy_bert_ext.training.resuming.run import Progress


@pytest.mark.parametrize(
    ("limits", "reason", "advice"),
    [
        ({"max_steps": 20}, "`max_steps` of 20", "--training.max_steps 40"),
        (
            {"patience": 10, "max_steps": 50},
            "`patience` of 10 steps no evaluation was better than that after step 10",
            "--training.patience 20",
        ),
        ({"max_epochs": 3}, "`max_epochs` of 3 times", "--training.max_epochs 6"),
    ],
)
def test_it_names_what_has_ended_it_and_what_to_change(limits: dict, reason: str, advice: str) -> None:
    T = {"max_steps": 0, "patience": 0, "max_epochs": 0, **limits}
    progress = Progress(n_steps=21, results=[(0.1, 0), (0.5, 10), (0.5, 20)])
    told, how = told_ending(progress, T)
    assert told.startswith("This training is finished: ") and reason in told and advice in how
