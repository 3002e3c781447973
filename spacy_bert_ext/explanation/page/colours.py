"""How dark a token is: as a share of the largest weight of its text.

Both hues have the same luminance (0.38), and black text on them a contrast of 7.3: enough for WCAG AAA. Blue and orange
stay apart for people who can't tell red from green, or blue from yellow. Dots below tell them apart without colours.
"""

from collections.abc import Sequence

import numpy as np

FOR, AGAINST = (0x6A, 0xAE, 0xD6), (0xEE, 0x8F, 0x3F)
INK, MUTED, PAPER, RULE = "#16181b", "#5c646e", "#ffffff", "#dfe2e6"  # also in dark notebooks: colours need a ground
LEAST_SHARE = 0.2  # of the largest weight, from which tokens against the label have dots
LEGEND_SHARES = (-1.0, -0.5, 0.0, 0.5, 1.0)


def shares_of(scores: np.ndarray) -> np.ndarray:
    """From -1 to 1: each score by the largest |score|; zeros if there is none. (n_tokens,)"""
    largest = np.abs(scores).max(initial=0.0)
    return scores / largest if largest > 0 else np.zeros_like(scores)


def colour(share: float) -> str:
    """From white at 0 to blue at 1 and orange at -1: "#6aaed6"."""
    return _hex([round(255 + abs(share) * (full - 255)) for full in (FOR if share > 0 else AGAINST)])


def token_style(share: float) -> str:
    """Inline style of a token's element."""
    dots = f"; border-bottom: 2px dotted {INK}" if share <= -LEAST_SHARE else ""
    return f"background: {colour(share)}; padding: 0.2em 0.1em; border-radius: 0.2em{dots}"


def _hex(channels: Sequence[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)
