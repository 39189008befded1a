"""Base colours of glTF materials: a factor, and maybe an embedded image."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from artifacts.thumbnails import gltf, images
from artifacts.thumbnails.cloud import Bytes, Floats
from artifacts.thumbnails.result import UndrawableError

_MAX_PIXELS = 4096 * 4096
_SIDE = 512
"""To which textures are reduced; a thumbnail shows no more of them."""
_MAX_TEXTURES = 24
_GAMMA = 2.2
"""Of sRGB, near enough for a thumbnail."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_UNUSABLE = (
    UndrawableError,
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Texture:
    """An image, repeated in both directions."""

    pixels: Floats
    """H x W x 3, linear, 0 to 1."""

    def at(self, uv: Floats) -> Floats:
        """Return the colours at N x 2 coordinates, the origin in the upper left."""
        height, width = self.pixels.shape[:2]
        place = np.nan_to_num(uv) % 1
        columns = np.minimum((place[:, 0] * width).astype(np.int64), width - 1)
        rows = np.minimum((place[:, 1] * height).astype(np.int64), height - 1)
        colors: Floats = self.pixels[rows, columns]
        return colors


@dataclass(frozen=True, slots=True)
class Material:
    """The colour of a primitive before its vertices' own colours."""

    color: Floats
    """Linear, 0 to 1."""
    texture: Texture | None = None
    uv_name: str = "TEXCOORD_0"


def to_srgb(linear: Floats) -> Bytes:
    levels = np.clip(np.nan_to_num(linear), 0, 1) ** (1 / _GAMMA)
    colors: Bytes = np.rint(levels * 255).astype(np.uint8)
    return colors


class Library:
    """The materials of a document, each texture decoded once."""

    def __init__(self, document: gltf.Document) -> None:
        self._document = document
        self._textures: dict[int, Texture | None] = {}

    def material(self, index: int | None) -> Material:
        """Return a material, white where a primitive names none."""
        if index is None:
            return Material(np.ones(3, dtype=np.float32))
        material = self._document.list_of("materials")[index]
        surface = material.get("pbrMetallicRoughness", {})
        extensions = material.get("extensions", {})
        old = extensions.get("KHR_materials_pbrSpecularGlossiness", {})
        factor = surface.get("baseColorFactor", old.get("diffuseFactor", (1, 1, 1, 1)))
        color = np.array(factor[:3], dtype=np.float32)
        reference = surface.get("baseColorTexture", old.get("diffuseTexture"))
        if reference is None:
            return Material(color)
        name = f"TEXCOORD_{int(reference.get('texCoord', 0))}"
        return Material(color, self._texture(int(reference["index"])), name)

    def _texture(self, index: int) -> Texture | None:
        if index not in self._textures:
            if len(self._textures) >= _MAX_TEXTURES:
                return None
            self._textures[index] = self._decode(index)
        return self._textures[index]

    def _decode(self, index: int) -> Texture | None:
        """Decode an embedded image; any other, and a damaged one, counts as none."""
        source = _source(self._document.list_of("textures")[index])
        if source is None:
            return None
        image = self._document.list_of("images")[source]
        if "bufferView" not in image:
            return None
        try:
            return _decode(bytes(self._document.view(image["bufferView"])))
        except _UNUSABLE:
            return None


def _source(texture: dict[str, Any]) -> int | None:
    webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
    source = texture.get("source", webp.get("source"))
    return None if source is None else int(source)


def _decode(data: bytes) -> Texture:
    file = io.BytesIO(data)
    with images.opened(file, _FORMATS, max_pixels=_MAX_PIXELS) as image:
        image.draft("RGB", (_SIDE, _SIDE))
        small = image.convert("RGB")
        small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    levels = np.asarray(small, dtype=np.float32) / np.float32(255)
    return Texture(np.power(levels, np.float32(_GAMMA)))
