"""The bar of a training: steps, and the time that is left in all."""

from io import StringIO
from typing import Any

import pytest
import tqdm

from spacy_bert_ext.runtime.progress import bar
from spacy_bert_ext.training import step_bar
from spacy_bert_ext.training.logger import create_log_v1
from spacy_bert_ext.training.step_bar import TimeLeft
from tests.training.logged import make_logged, told


@pytest.mark.parametrize("kind, expected", [("eval", [(4, 0, 3), (4, 0, 0)]), ("train", [(8, 0, 3), (8, 4, 4)])])
def test_bars_count_steps(
    bert_folder: str, monkeypatch: pytest.MonkeyPatch, kind: str, expected: list[tuple[int, int, int]]
) -> None:
    """Total, where it begins, where it ends."""
    bars = []

    def make_bar(title: str, total: int, *, initial: int, **options: Any) -> tqdm.tqdm:
        bars.append((total, initial, bar(title, total, initial=initial, **{**options, "disable": False})))
        return bars[-1][2]

    monkeypatch.setattr("spacy_bert_ext.training.step_bar.bar", make_bar)
    log_step, finalize = create_log_v1(progress_bar=kind, console_output=False)(
        make_logged(bert_folder), StringIO(), StringIO()
    )
    for info in (told(0, 0), None, None, None, told(4, 4)):
        log_step(info)
    finalize()
    assert [(total, initial, one.n) for total, initial, one in bars] == expected
    assert all(one.disable for _, _, one in bars)  # closed


def test_the_time_left_is_that_of_all_steps_and_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 s for 10 steps and an evaluation: 190 more take 1900 s."""
    now = [50.0]
    monkeypatch.setattr(step_bar, "timer", lambda: now[0])
    left = TimeLeft(300)
    assert left.told() == ""
    left.begin(100)  # of a training that was resumed there
    assert left.told() == ""
    now[0] += 60
    for _ in range(10):
        left.count_step()
    now[0] += 40
    left.begin(110)
    assert left.told() == "about 31:40 left in all"


def test_without_a_last_step_it_is_not_known() -> None:
    left = TimeLeft(0)
    left.begin(0)
    left.count_step()
    assert left.told() == ""
