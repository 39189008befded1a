"""Documents and texts for golden pictures, by the format and what is odd about each."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from artifacts.management.report import report
from tests import document_media
from tests.media import FILES
from tests.thumbnails.image_cases import photograph
from tests.thumbnails.pictures import save

_LANGUAGES: dict[str, str] = json.loads(
    Path(__file__).with_name("languages.json").read_text(encoding="utf-8")
)
_PLAIN_SCRIPTS = (
    "English Vietnamese Turkish Greek Russian Ukrainian Armenian Georgian Amharic "
    "Chinese Japanese Korean"
)
_SHAPED_SCRIPTS = (
    "Arabic Hebrew Hindi Bengali Punjabi Gujarati Odia Tamil Telugu Kannada "
    "Malayalam Sinhala Burmese Khmer Thai"
)
"""Of which letters and marks are placed by their neighbours."""
_MARKDOWN = """---
title: front matter is left out
---
# Sea ice, *September*

Extent fell to **4.2 million** km², as [the report](https://example.com) says.

## Findings

1. Thinner in the east
2. Later in the west
   - by nine days

> The ice remembers.

```python
extent = read("ice.npz")["extent"]
```
"""
_CSV = """station;year;mean °C;ice
"Ny-Ålesund";2024;-4.81;yes
"Eureka, NU";2024;-17.3;yes
Hopen;2025;-2.05;no
"""
_HTML = """<!DOCTYPE html><html><head><title>Tides</title>
<style>p { color: red }</style><script>alert("not shown")</script></head>
<body><h1>Tides at Brest</h1><p>High water at <b>06:12</b> and 18:40 &mdash; a
coefficient of 95.</p><h2>Tomorrow</h2><ul><li>06:55</li><li>19:21</li></ul>
<table><tr><th>hour</th><th>metres</th></tr><tr><td>06:12</td><td>7.31</td></tr></table>
<pre>for tide in day:
    print(tide)</pre></body></html>"""
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#312e81"/>
<stop offset="1" stop-color="#f9a8d4"/></linearGradient></defs>
<rect width="320" height="200" rx="24" fill="url(#sky)"/>
<circle cx="240" cy="70" r="34" fill="#fde68a"/>
<path d="M0 200 L90 90 L150 150 L210 110 L320 200 Z" fill="#1e1b4b"/>
<text x="24" y="60" font-family="Georgia" font-size="32" fill="white">Ångström</text>
<text x="24" y="92" font-size="18" fill="#e0e7ff">αβγ Привет</text></svg>"""
_TREE = {
    "run": 17,
    "done": True,
    "loss": [0.91, 0.44, 1.2e-3],
    "model": {"name": "tide-net", "layers": [], "note": None},
}


def _lines(languages: str) -> bytes:
    return "\n".join(_LANGUAGES[name] for name in languages.split()).encode()


def _poem() -> bytes:
    line = "The tide came in, the tide went out, and nobody on the pier was counting."
    return f"{line}\n\n\tindented\n{'unbroken' * 12}\n→ ∑ x² ≤ 10 € 🎧\n{line}".encode()


def _page(rotation: int) -> bytes:
    """Write a wide page, a red bar on its left, displayed turned clockwise."""
    content = "1 0 0 rg 0 0 60 200 re f 0 0 1 rg 150 150 100 20 re f"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 300 200]"
        f"/Rotate {rotation}>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
    ]
    body = "".join(f"{n} 0 obj\n{text}\nendobj\n" for n, text in enumerate(objects, 1))
    # Without a table of where each begins, PDFium looks for the objects itself.
    return f"%PDF-1.7\n{body}trailer<</Root 1 0 R/Size 5>>\n%%EOF".encode()


def _word(**more: bytes) -> bytes:
    paragraphs = (
        ("Title", "Harbour survey"),
        ("", document_media.SENTENCE),
        ("Heading2", "Method"),
        ("ListParagraph", "Sonar, at low water"),
        ("ListParagraph", "Lead line, where it is shallow"),
        ("Quote", "Mark twain."),
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r>'
        "</w:p>"
        for style, text in paragraphs
    )
    document = f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'
    members: dict[str, Any] = {"word/document.xml": document, **more}
    return document_media.archive(members)


def _with_preview() -> bytes:
    preview = save(photograph(), "JPEG", quality=80).getvalue()
    return _word(**{"docProps/thumbnail.jpeg": preview})


def _text(content: str) -> Callable[[], bytes]:
    return content.encode


CASES: dict[str, Callable[[], bytes]] = {
    "svg-text": _text(_SVG),
    "pdf-report": report,
    "pdf-upright": partial(_page, 0),
    "pdf-turned-90": partial(_page, 90),
    "pdf-turned-180": partial(_page, 180),
    "docx-text": _word,
    "docx-preview": _with_preview,
    "xlsx-cells": FILES["xlsx"],
    "pptx-slide": FILES["pptx"],
    "odt-text": FILES["odt"],
    "ods-cells": FILES["ods"],
    "odp-slide": FILES["odp"],
    "txt-english": _poem,
    "txt-scripts": partial(_lines, _PLAIN_SCRIPTS),
    "txt-shaped-scripts": partial(_lines, _SHAPED_SCRIPTS),
    "txt-latin-1": lambda: "Größe: 5 µm, naïve façade — “quoted”".encode("cp1252"),
    "md-everything": _text(_MARKDOWN),
    "csv-semicolons": _text(_CSV),
    "tsv-commas-in-cells": _text("place\tat, UTC\nBrest, FR\t06:12\nOslo\t07:40\n"),
    "jsonl-records": _text('{"step": 1, "loss": 0.9}\n\n{"step": 2, "loss": 0.4}\n'),
    "xml-elements": _text(
        '<?xml version="1.0"?>\n<tides>\n  <high at="06:12"/>\n</tides>'
    ),
    "json-tree": _text(json.dumps(_TREE)),
    "json-broken": _text('{"half": [1, 2, {"a": tru'),
    "html-page": _text(_HTML),
    "url-path": FILES["url"],
    "url-long-host": _text(
        "http://login.example.com.a-very-long-name-of-a-host.invalid/"
    ),
    "url-idn": _text("https://www.пример.example/путь"),
}
"""By name; the part before the first hyphen is the format."""
