from __future__ import annotations

import io
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import links
from artifacts.thumbnails.result import Reason, UndrawableError


def draw(data: bytes, side: int = 256) -> Image.Image:
    return links.draw(io.BytesIO(data), side=side, format="url")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://www.example.com/a/path?query=1#part\n",
        "https://example.com/" + "long/" * 400,
        "https://" + "a-long-label." * 18 + "example.com/",
        "https://user:password@[2001:db8::1]:8443/",
        "https://例え.jp/パス",
    ],
)
@pytest.mark.parametrize("side", [128, 256])
def test_draw__any_link(url: str, side: int) -> None:
    image = draw(url.encode(), side)

    assert (image.mode, image.size) == ("RGB", (side, round(side * 144 / 256)))
    assert np.asarray(image.convert("L")).min() < 100


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"example.com", b"http://[::1", b"https:///x"]
)
def test_draw__no_link(data: bytes) -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(data)

    assert caught.value.reason is Reason.DAMAGED


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.Example.com:80/", "example.com"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "xn--80ak6aa92e.com"),
        (f"https://{'é' * 80}.com/", "\\xe9" * 80 + ".com"),
    ],
)
def test_host_text__letters_that_imitate_others_are_spelled_out(
    url: str, expected: str
) -> None:
    assert links.host_text(urlsplit(url)) == expected


def test_draw__password_is_not_shown() -> None:
    secret = draw(b"https://user:secret@example.com/")

    assert secret.tobytes() == draw(b"https://example.com/").tobytes()


def test_draw__end_of_a_long_host_is_kept() -> None:
    one = draw(b"https://" + b"label." * 30 + b"example.com")
    other = draw(b"https://" + b"label." * 30 + b"example.org")

    assert one.tobytes() != other.tobytes()
