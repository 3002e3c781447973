"""When a training is over, by spaCy's rules."""

import pytest

from spacy_bert_ext.training.resuming.run import Progress


@pytest.mark.parametrize(
    ("n_steps", "results", "max_steps", "patience", "over"),
    [
        (1000, [], 10, 10, False),  # never before the first evaluation
        (1000, [(0.5, 0)], 0, 0, False),  # no limits
        (10, [(0.5, 0)], 10, 0, False),
        (11, [(0.5, 0)], 10, 0, True),
        (10, [(0.5, 0), (0.4, 5)], 0, 10, False),
        (11, [(0.5, 0), (0.4, 5)], 0, 10, True),
        (11, [(0.5, 0), (0.6, 5)], 0, 10, False),
        # Of equal scores the earliest counts.
        (11, [(0.5, 0), (0.5, 5)], 0, 10, True),
    ],
)
def test_end(n_steps: int, results: list[tuple[float, int]], max_steps: int, patience: int, over: bool) -> None:
    progress = Progress(n_steps=n_steps, results=results)
    assert progress.is_over(max_steps=max_steps, patience=patience) is over


def test_round_trip() -> None:
    progress = Progress(n_steps=3, n_words=10, seconds=1.5, losses={"bert_ner": 0.25}, results=[(0.5, 0)])
    values = progress.to_dict()
    values["results"] = [list(pair) for pair in values["results"]]  # as JSON gives them back
    assert Progress.from_dict(values) == progress
