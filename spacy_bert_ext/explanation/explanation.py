"""What an explanation says, and how it looks."""

from .page.html import render_explanation, render_page
from .token_scores import TokenScores


class Explanation(TokenScores):
    """One number for each token of a text: see `TokenScores`. Notebooks show it in colours."""

    def to_html(self, page: bool = False) -> str:
        """The text in displaCy's style: blue tokens speak for the label, orange ones with dots below against it.

        The background is as strong as |score| / the largest |score| of this text. A token's title is its number.

        page (bool): Make a whole HTML page, in place of an element to put into one.
        """
        return render_page([self]) if page else render_explanation(self)

    def _repr_html_(self) -> str:
        return self.to_html()
