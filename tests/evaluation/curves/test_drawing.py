"""SVG of curves: places, colours, texts that are escaped."""

import xml.etree.ElementTree as ET

import pytest

from spacy_bert_ext.evaluation.curves.drawing import COLOURS, HEIGHT, LEGEND_ROW, WIDTH, panel_svg, picture
from spacy_bert_ext.evaluation.curves.panels import Panel

SVG = "{http://www.w3.org/2000/svg}"


def test_a_panel_has_a_line_and_dots_at_their_places() -> None:
    svg = panel_svg(Panel("speed", {"speed": [(0, 0.0), (10, 100.0)]}, best=10), 10)
    assert svg.startswith(f'<svg class="plot curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"')
    assert '<polyline class="curve c0" points="52.0,224.0 406.0,30.0"/>' in svg
    assert '<circle class="dot c0" cx="406.0" cy="30.0" r="2.6"><title>speed, step 10: 100</title></circle>' in svg
    assert '<line class="best" x1="406.0" y1="30.0" x2="406.0" y2="224.0"><title>best: step 10</title></line>' in svg
    assert '<text x="44.0" y="228.0" text-anchor="end">0</text>' in svg and ">step</text>" in svg


def test_several_curves_have_a_legend_and_many_have_dashes() -> None:
    curves = {f"<name {i}>": [(0, 1.0), (1, float(i))] for i in range(8)}
    svg = panel_svg(Panel("a & b", curves), 1)
    root = ET.fromstring(svg)
    texts = [element.text for element in root.iter("text")]
    assert texts[0] == "a & b" and texts[1:9] == list(curves)
    assert svg.count('stroke-dasharray="7 3"') == 4 and svg.count('class="curve c1"') == 4
    assert root.get("viewBox") == f"0 0 {WIDTH} {HEIGHT + 2 * LEGEND_ROW}"


def test_a_single_evaluation_is_a_dot_and_many_have_none() -> None:
    one = panel_svg(Panel("loss", {"ner": [(0, 2.0)]}), 0)
    assert "<circle" in one and "<polyline" not in one
    many = panel_svg(Panel("loss", {"ner": [(i, 1.0 + i) for i in range(61)]}, is_logarithmic=True), 60)
    assert "<circle" not in many and ">100</text>" in many


def test_a_picture_is_a_file_of_its_own() -> None:
    panels = [Panel(f"panel {i}", {"ner": [(0, 1.0), (1, 2.0)]}) for i in range(3)]
    root = ET.fromstring(picture(panels, 1))
    groups = root.findall(f"{SVG}g")
    assert [group.get("transform") for group in groups] == [
        "translate(16 16)",
        "translate(464 16)",
        "translate(16 304)",
    ]
    assert (root.get("width"), root.get("height")) == ("900", "580") and root.find(f"{SVG}rect") is not None
    assert all(colour in (root.findtext(f"{SVG}style") or "") for colour in COLOURS)


@pytest.mark.parametrize("colour", COLOURS)
def test_lines_stand_out_on_white(colour: str) -> None:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5
