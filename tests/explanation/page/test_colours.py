import numpy as np
import pytest

from spacy_bert_ext.explanation.page.colours import AGAINST, FOR, INK, MUTED, PAPER, colour, shares_of, token_style


def test_shares_are_of_the_largest_weight():
    assert shares_of(np.array([-2.0, 1.0, 0.0])).tolist() == [-1.0, 0.5, 0.0]
    assert shares_of(np.array([-0.25, -0.5])).tolist() == [-0.5, -1.0]
    assert shares_of(np.zeros(2)).tolist() == [0.0, 0.0]
    assert shares_of(np.zeros(0)).tolist() == []


def test_colours_run_from_white_to_blue_and_to_orange():
    assert [colour(share) for share in (0.0, 0.5, 1.0)] == ["#ffffff", "#b4d6ea", "#6aaed6"]
    assert [colour(share) for share in (-0.5, -1.0)] == ["#f6c79f", "#ee8f3f"]
    assert colour(0.001) == "#ffffff"


def test_tokens_against_have_dots_where_their_colour_is_seen():
    assert token_style(1.0) == "background: #6aaed6; padding: 0.2em 0.1em; border-radius: 0.2em"
    dots = "; border-bottom: 2px dotted #16181b"
    assert token_style(-1.0) == f"background: #ee8f3f; padding: 0.2em 0.1em; border-radius: 0.2em{dots}"
    assert dots not in token_style(-0.19) and dots in token_style(-0.2)


def luminance(channels):
    """Of WCAG 2."""
    linear = [(c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4) for c in np.array(channels) / 255]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def channels_of(text):
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize(
    "ink, ground, least",
    [
        (channels_of(INK), FOR, 7.0),
        (channels_of(INK), AGAINST, 7.0),
        (channels_of(MUTED), channels_of(PAPER), 4.5),
    ],
)
def test_texts_are_read_on_all_colours(ink, ground, least):
    dark, light = sorted((luminance(ink), luminance(ground)))
    assert (light + 0.05) / (dark + 0.05) >= least


def test_both_hues_are_equally_strong():
    assert luminance(FOR) == pytest.approx(luminance(AGAINST), abs=0.005)
