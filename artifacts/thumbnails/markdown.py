"""Markdown read line by line, as far as a thumbnail can tell the difference.

Not a parser of CommonMark: headings, lists, quotations and code are recognised,
emphasis and links lose their marks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from artifacts.thumbnails.page import MAX_BLOCKS, Block, Role

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(?:\[[ xX]\]\s+)?(.*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_RULE = re.compile(r"\s*(?:[-*_]\s*){3,}$")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-{2,})\s*$")
_CELL_RULE = re.compile(r"[\s|:-]+$")
_LINK = re.compile(
    r"!?\[([^\[\]]{0,200})\](?:\([^()\s]{0,400}[^()]{0,100}\)|\[[^\[\]]{0,80}\])"
)
_EMPHASIS = re.compile(r"(?<!\\)(\*\*\*|\*\*|\*|___|__|~~|``|`)")
_TAG = re.compile(r"<!--.{0,400}?-->|</?[a-zA-Z][^<>]{0,400}>")


def blocks(text: str) -> Iterator[Block]:
    """Yield the document's first blocks, lines of one paragraph joined."""
    found = _Reader()
    for line in _body(text.splitlines()):
        found.read(line[:2000])
        if len(found.blocks) >= MAX_BLOCKS:
            break
    found.end_paragraph()
    yield from found.blocks


def _body(lines: list[str]) -> list[str]:
    """Leave out YAML front matter."""
    if lines and lines[0].strip() == "---":
        for index, line in enumerate(lines[1:200], start=1):
            if line.strip() in {"---", "..."}:
                return lines[index + 1 :]
    return lines


def _inline(text: str) -> str:
    bare = _EMPHASIS.sub("", _LINK.sub(r"\1", _TAG.sub("", text)))
    return html.unescape(bare).strip()


class _Reader:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._paragraph: list[str] = []
        self._in_code = False

    def read(self, line: str) -> None:
        if _FENCE.match(line):
            self.end_paragraph()
            self._in_code = not self._in_code
        elif self._in_code:
            self.blocks.append(Block(line.rstrip(), Role.CODE))
        elif not line.strip():
            self.end_paragraph()
        else:
            self._read_text(line)

    def _read_text(self, line: str) -> None:
        if heading := _HEADING.match(line):
            self._add(heading[2], Role.TITLE if len(heading[1]) == 1 else Role.HEADING)
        elif self._paragraph and _UNDERLINE.match(line):
            text = " ".join(self._paragraph)
            self._paragraph = []
            self._add(text, Role.TITLE if "=" in line else Role.HEADING)
        elif _RULE.match(line):
            self.end_paragraph()
            self._space()
        elif item := _ITEM.match(line):
            self._add_item(item)
        elif line.lstrip().startswith(">"):
            self._add(line.lstrip()[1:], Role.QUOTE)
        elif line.lstrip().startswith("|"):
            self._read_row(line)
        else:
            self._paragraph.append(line.strip())

    def _read_row(self, line: str) -> None:
        if not _CELL_RULE.match(line):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            self._add("   ".join(cells), Role.BODY)

    def _add(self, text: str, role: Role) -> None:
        self.end_paragraph()
        if shown := _inline(text):
            self.blocks.append(Block(shown, role))

    def _add_item(self, item: re.Match[str]) -> None:
        self.end_paragraph()
        marker = f"{item[2][:4]}." if item[2] else ""
        depth = min(len(item[1].expandtabs(4)) // 2, 3)
        self.blocks.append(Block(_inline(item[3]), Role.ITEM, depth, marker))

    def _space(self) -> None:
        if self.blocks and self.blocks[-1].role is not Role.BLANK:
            self.blocks.append(Block("", Role.BLANK))

    def end_paragraph(self) -> None:
        """Close the open paragraph, a small space after it."""
        text = _inline(" ".join(self._paragraph))
        self._paragraph = []
        if text:
            self.blocks.append(Block(text))
            self._space()
