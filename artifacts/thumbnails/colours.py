"""From the colours of a file to eight-bit sRGB."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageCms, TiffImagePlugin

_PLAIN = {"L", "RGB", "CMYK", "YCbCr", "LAB", "I", "F", "RGBa", "La"}
"""Modes of which the mean of two pixels is the colour between them."""
_DEEP = {"I", "F"}
_WHITE_IS_ZERO = 0
"""Of the TIFF tag PhotometricInterpretation (TIFF 6.0, page 37)."""
_LAB = ImageCms.createProfile("LAB")
_SRGB = ImageCms.createProfile("sRGB")


def is_averageable(image: Image.Image) -> bool:
    return image.mode in _PLAIN and "transparency" not in image.info


def averageable(image: Image.Image) -> Image.Image:
    """Convert to one of `_PLAIN`: alpha premultiplied, indices to their colours."""
    if image.has_transparency_data and not image.mode.startswith("I"):
        return image.convert("RGBA").convert("RGBa")
    if image.mode.startswith("I"):
        return image.convert("I")
    return image.convert("L" if image.mode == "1" else "RGB")


def srgb(image: Image.Image, *, source: Image.Image) -> Image.Image:
    """Turn a reduced image into RGB or RGBA by the profile and tags of its source."""
    if image.mode in _DEEP:
        image = _by_range(image)
        if _is_inverted(source):
            image = ImageChops.invert(image)
    if image.mode == "CMYK" and source.format == "JPEG" and "adobe" not in source.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, which are inverted.
        image = ImageChops.invert(image)
    alpha = None
    if image.mode == "RGBa":
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    image = _by_profile(image, source.info.get("icc_profile"))
    if image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def _by_range(image: Image.Image) -> Image.Image:
    """Scale a deep grey image to its own range; nothing says what white is.

    One of a single level has no range, so that its level counts in what is usual:
    16 bits, also where a format stores them as 32, and floats from 0 to 1.
    """
    import numpy as np

    values = np.asarray(image, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return Image.new("L", image.size)
    low, high = values[finite].min(), values[finite].max()
    if low == high:
        white = 1 if image.mode == "F" else 0xFFFF if high <= 0xFFFF else 0x7FFFFFFF
        low, high = 0, white
    scaled = (values - low) * (255 / (high - low))
    scaled = np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0)
    return Image.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def _is_inverted(source: Image.Image) -> bool:
    """Tell whether black is the greatest: Pillow turns round eight bits only."""
    if not isinstance(source, TiffImagePlugin.TiffImageFile):
        return False
    tag = TiffImagePlugin.PHOTOMETRIC_INTERPRETATION
    return bool(source.tag_v2.get(tag) == _WHITE_IS_ZERO)


def _by_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Apply an ICC profile; one that is broken or of another colour space is none."""
    if image.mode == "LAB":
        return _converted(image, ImageCms.ImageCmsProfile(_LAB))
    if not profile:
        return image
    if image.mode not in {"L", "CMYK"}:
        image = image.convert("RGB")
    try:
        parsed = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if parsed.profile.xcolor_space.strip() == "GRAY":
            image = _as_grey(image)
        return _converted(image, parsed)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _as_grey(image: Image.Image) -> Image.Image:
    """Return one band of an image whose colours are all grey, as of a palette."""
    grey = image.convert("L")
    same = ImageChops.difference(image.convert("RGB"), grey.convert("RGB"))
    return image if same.getbbox() else grey


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    result = ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
    return image if result is None else result
