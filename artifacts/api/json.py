"""How JSON is answered: as DRF does, at a fraction of its cost for a picture's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer as DRFRenderer
from rest_framework.request import Request


class JSONRenderer(DRFRenderer):
    """Encodes by orjson what nobody wants indented."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        indented = renderer_context is not None and renderer_context.get("indent")
        if data is None or indented or ";" in (accepted_media_type or ""):
            return super().render(data, accepted_media_type, renderer_context)
        return orjson.dumps(
            data,
            default=self.encoder_class().default,
            option=orjson.OPT_PASSTHROUGH_DATETIME,  # DRF ends them with a Z
        )


class JSONFirst(DefaultContentNegotiation):
    """Negotiates where there is something to negotiate; programs want the first."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        if accept in ("*/*", "application/json") and not request.META["QUERY_STRING"]:
            first = next(iter(renderers))
            return first, first.media_type
        chosen: tuple[BaseRenderer, str] = super().select_renderer(
            request, renderers, format_suffix
        )
        return chosen
