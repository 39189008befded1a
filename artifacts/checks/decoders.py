"""What cannot be drawn here for want of a library."""

from __future__ import annotations

import importlib.util
from typing import Any

from django.core.checks import CheckMessage, Info, Warning as CheckWarning, register
from PIL import features

_DECODERS = {
    "pypdfium2": "PDF pages",
    "av": "video frames and audio waveforms",
    "numpy": "arrays and point clouds",
    "resvg_py": "SVG images",
    "defusedxml": "SVG images and office documents",
    "pillow_heif": "HEIC images",
}


@register("artifacts")
def check_decoders(**_: Any) -> list[CheckMessage]:
    """Say which pictures cannot be drawn for want of a library."""
    return [
        CheckWarning(
            f"{module} is not installed: no pictures of {subject}.",
            hint="pip install paradigm-artifacts"
            + ("[heic] (its wheel is GPL-2)" if module == "pillow_heif" else ""),
            id="artifacts.W001",
        )
        for module, subject in _DECODERS.items()
        if importlib.util.find_spec(module) is None
        # An extra that nobody has to want.
        and module != "pillow_heif"
    ]


@register("artifacts")
def check_shaping(**_: Any) -> list[CheckMessage]:
    """Say whether text in Arabic and Indic scripts is joined in pictures."""
    if features.check("raqm") and features.check("fribidi"):
        return []
    return [
        Info(
            "FriBidi is not installed: pictures of text do not join Arabic letters.",
            hint="Install the system's libfribidi (Debian: libfribidi0).",
            id="artifacts.I001",
        )
    ]
