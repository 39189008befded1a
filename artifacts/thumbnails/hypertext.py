"""The visible text of an HTML page. Nothing is rendered, fetched or run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from artifacts.thumbnails.page import MAX_BLOCKS, Block, Role

_HIDDEN = frozenset(
    {"script", "style", "template", "noscript", "svg", "math", "iframe", "object"}
    | {"select", "textarea", "head"}
)
_ROLES = {
    "h1": Role.TITLE,
    "h2": Role.HEADING,
    "h3": Role.HEADING,
    "h4": Role.HEADING,
    "h5": Role.HEADING,
    "h6": Role.HEADING,
    "li": Role.ITEM,
    "blockquote": Role.QUOTE,
    "pre": Role.CODE,
}
_BLOCKS = (
    frozenset(_ROLES)
    | {"address", "article", "aside", "body", "br", "dd"}
    | {"details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "header", "hr", "main"}
    | {"nav", "ol", "p", "section", "summary", "table"}
    | {"tr", "ul"}
)
_SPACES = re.compile(r"\s+")


def blocks(text: str) -> Iterator[Block]:
    """Yield the page's first blocks; its title stands in where the body is empty."""
    reader = _Reader()
    # A marked section, which only SGML has, makes the parser fail an assertion.
    reader.feed(text.replace("<![", "<! ["))
    reader.end_block()
    body = reader.blocks
    if reader.title and not any(block.role is Role.TITLE for block in body[:3]):
        yield Block(reader.title, Role.TITLE)
    yield from body


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.title = ""
        self._in_title = False
        self._hidden: list[str] = []
        self._role = Role.BODY
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._hidden.clear()
        self._in_title = tag == "title" and "svg" not in self._hidden
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _BLOCKS:
            self._begin_block(_ROLES.get(tag, Role.BODY))
        elif tag in {"td", "th"}:
            self._text.append("   ")

    def _begin_block(self, role: Role) -> None:
        # The first paragraph of an item or a quotation is what its mark stands by.
        opens = (
            self._role in {Role.ITEM, Role.QUOTE} and not "".join(self._text).strip()
        )
        kept = self._role if opens and role is Role.BODY else role
        self.end_block()
        self._role = kept

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag in _BLOCKS:
            self.end_block()
            self._role = Role.BODY

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title = _SPACES.sub(" ", self.title + data).strip()[:300]
        elif not self._hidden and len(self.blocks) < MAX_BLOCKS:
            self._text.append(data)

    def end_block(self) -> None:
        """Close the open block and begin a new one of no particular role."""
        text = "".join(self._text)
        self._text = []
        if self._role is Role.CODE:
            lines = text.strip("\r\n").splitlines()[:MAX_BLOCKS]
            self.blocks += [Block(line.rstrip(), Role.CODE) for line in lines]
            return
        cells = [_SPACES.sub(" ", cell).strip() for cell in text.split("   ")]
        if shown := "   ".join(filter(None, cells)):
            self.blocks.append(Block(shown, self._role))
