"""Places in the drawings, worked out by hand."""

from xml.etree import ElementTree as ET

import pytest

from spacy_bert_ext.evaluation.page.plots import (
    BOTTOM,
    LEFT,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    RIGHT,
    TOP,
    length_plot,
    reliability_diagram,
    stacked_bar,
    whisker,
)


def elements(svg: str, name: str) -> list[dict]:
    return [element.attrib for element in ET.fromstring(svg).iter() if element.get("class") == name]


def test_a_whisker_spans_its_interval() -> None:
    svg = whisker(0.5, [0.25, 1.0])
    (line,), (dot,) = elements(svg, "whisker"), elements(svg, "dot")
    assert (line["x1"], line["x2"], dot["cx"]) == ("32.0", "116.0", "60.0")
    assert not elements(whisker(0.5, None), "whisker")


def test_a_stacked_bar_is_filled() -> None:
    svg = stacked_bar({"correct": 3, "missed": 0, "spurious": 1})
    bars = [element.attrib for element in ET.fromstring(svg)]
    assert [(bar["class"], bar["x"], bar["width"]) for bar in bars] == [
        ("share correct", "0.00", "750.00"),
        ("share missed", "750.00", "0.00"),
        ("share spurious", "750.00", "250.00"),
    ]
    assert [element.get("width") for element in ET.fromstring(stacked_bar({"correct": 0}))] == ["0.00"]


def test_bars_of_the_reliability_diagram_are_as_high_as_predictions_are_right() -> None:
    svg = reliability_diagram(
        {
            "bin_edges": [0.0, 0.5, 1.0],
            "counts": [0, 4],
            "mean_scores": [None, 0.8],
            "accuracies": [None, 0.5],
        }
    )
    (diagonal,), (bar,), (dot,) = (elements(svg, name) for name in ("diagonal", "bar", "dot"))
    whole = float(diagonal["y1"]) - float(diagonal["y2"])
    assert float(bar["height"]) == pytest.approx(whole / 2)
    width = PLOT_WIDTH - LEFT - RIGHT
    assert float(dot["cx"]) == pytest.approx(LEFT + 0.8 * width)
    assert float(bar["x"]) == pytest.approx(LEFT + 0.5 * width + 1)


@pytest.mark.parametrize(("lowest", "axis"), [(0.95, "90"), (0.85, "80"), (0.5, "50"), (0.49, "0"), (0.0, "0")])
def test_the_axis_begins_below_the_lowest_score(lowest: float, axis: str) -> None:
    rows = [
        {"tokens": [1, 5], "docs": 2, "f": 1.0, "f_interval": [lowest, 1.0]},
        {"tokens": [6, 6], "docs": 1, "f": 1.0, "f_interval": None},
    ]
    svg = length_plot(rows)
    texts = [element.text for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]
    assert texts[:6][0] == "100" and texts[:6][-1] == axis
    assert texts[6:] == ["1–5", "6", "tokens in the Doc"]
    (whisker_line,) = elements(svg, "whisker")
    bottom = PLOT_HEIGHT - BOTTOM
    share = (lowest - int(axis) / 100) / (1 - int(axis) / 100)
    assert float(whisker_line["y1"]) == pytest.approx(bottom - share * (bottom - TOP), abs=0.06)
