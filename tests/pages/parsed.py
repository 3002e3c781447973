"""Pages as a parser reads them."""

from html.parser import HTMLParser

VOID = {"meta", "br", "line", "rect", "circle"}


class Page(HTMLParser):
    """All elements and texts; tags must be closed in order.

    elements: Tag, attributes and text of each that is closed, the inner ones first.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self._begun: list[tuple[dict[str, str | None], int]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
            self._begun.append((dict(attrs), len(self.texts)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag
            attributes, start = self._begun.pop()
            self.elements.append((tag, attributes, "".join(self.texts[start:])))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of_class(self, name: str) -> list[str]:
        """The texts within the elements of a class."""
        return [text for _, attributes, text in self.elements if attributes.get("class") == name]
