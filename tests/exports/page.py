"""An HTML page taken apart, to look at what it is made of."""

import re
from html.parser import HTMLParser

# what may not stand in a page that needs no script and no network
FORBIDDEN_TAGS = {"script", "iframe", "object", "embed", "form", "input", "link", "base", "img"}
FORBIDDEN_ATTRIBUTES = {"src", "style", "srcdoc", "action", "formaction", "background", "ping"}


class Page(HTMLParser):
    """A page taken apart: its skeleton of tags and attribute names, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.skeleton: list[tuple[str, ...]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skeleton.append((tag, *(name for name, _ in attrs)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.skeleton.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def frame(self) -> list[tuple[str, ...]]:
        """The skeleton without the marks of the word comparison, which follow the words."""
        marks = {"ins", "del", "mark", "/ins", "/del", "/mark"}
        return [one for one in self.skeleton if one[0] not in marks]

    @property
    def text(self) -> str:
        """The text of the page with single blanks."""
        return re.sub(r"\s+", " ", " ".join(self.texts))


def assert_inert(page: Page) -> None:
    """Fail where a page holds anything that runs, loads or sends."""
    tags = {tag for tag, *_ in page.skeleton}
    assert not tags & FORBIDDEN_TAGS
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in FORBIDDEN_ATTRIBUTES, (tag, name)
        assert name != "href" or value.startswith("#")
        assert ":" not in name
