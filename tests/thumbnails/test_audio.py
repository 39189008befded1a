from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import audio, canvas, streams
from artifacts.thumbnails.result import Reason, UndrawableError
from tests import media
from tests.thumbnails.films import sound


def draw(data: bytes, format: str = "wav", side: int = 256) -> Image.Image:
    return audio.draw(io.BytesIO(data), side=side, format=format)


def halves(image: Image.Image) -> tuple[int, int]:
    """Count the coloured pixels of the left and of the right half, above the mark."""
    pixels = np.asarray(image.convert("L"))[: round(image.height * 0.7)] > 60
    middle = image.width // 2
    return int(pixels[:, :middle].sum()), int(pixels[:, middle:].sum())


@pytest.mark.parametrize("format", ["mp3", "wav", "flac", "ogg", "m4a"])
def test_draw__each_format(format: str) -> None:
    image = draw(media.FILES[format](), format)

    assert (image.mode, image.size) == ("RGB", (256, 128))
    assert min(halves(image)) > 2000


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le"])
@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_draw__silent_first_half(codec: str, layout: str) -> None:
    left, right = halves(draw(sound(codec=codec, layout=layout)))

    assert left < right / 5


def test_draw__hours_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "_DECODED_WHOLE", 60.0)
    data = sound("flac", "flac", seconds=120, rate=8000)

    left, right = halves(draw(data, "flac"))

    assert left < right / 5


def test_draw__hours_of_which_the_end_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audio, "_DECODED_WHOLE", 1.0)
    data = sound("flac", "flac", seconds=20)

    left, right = halves(draw(data[: len(data) // 4], "flac"))

    assert left + right > 300


def test_draw__length_unknown() -> None:
    header = bytearray(sound("flac", "flac"))
    # FLAC's STREAMINFO: 36 bits of the number of samples, 0 if it is not known.
    header[21:26] = bytes([header[21] & 0xF0, 0, 0, 0, 0])

    left, right = halves(draw(bytes(header), "flac"))

    assert left < right / 5


def test_draw__silence_is_not_scaled_up() -> None:
    silence = bytearray(sound(seconds=0.5))
    silence[-40_000:] = bytes(40_000)

    assert max(halves(draw(bytes(silence)))) < 1500


def test_draw__duration_is_marked() -> None:
    image = draw(sound())

    corner = image.crop(
        (image.width - 34, image.height - 23, image.width, image.height)
    )
    assert np.asarray(corner.convert("L")).max() > 240


def assert_marked(image: Image.Image, text: str) -> None:
    box = (image.width - 60, image.height - 20, image.width, image.height)
    ground = Image.new("RGB", image.size, canvas.NIGHT)
    expected = canvas.mark(ground, text, image.width).crop(box)
    assert image.crop(box).tobytes() == expected.tobytes()


def test_draw__duration_that_is_a_guess() -> None:
    # FFmpeg takes the bit rate of the silence at the beginning for that of the whole.
    image = draw(sound("adts", "aac", seconds=20), "aac")

    left, right = halves(image)
    assert left < right / 5
    assert_marked(image, "0:20")


def test_draw__guess_of_more_than_is_decoded_whole() -> None:
    data = sound("adts", "aac", seconds=20) * 20

    image = draw(data, "aac")

    assert_marked(image, "6:41")
    assert min(halves(image)) > 2000


def test_draw__duration_that_is_untrue() -> None:
    data = bytearray(sound("flac", "flac", seconds=4))
    # FLAC's STREAMINFO again: of 36 bits, the lower 32.
    data[22:26] = (48_000 * 40).to_bytes(4, "big")

    image = draw(bytes(data), "flac")

    assert_marked(image, "0:04")


def test_draw__more_frames_than_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "_MAX_FRAMES", 3)

    assert_marked(draw(sound("flac", "flac", seconds=4), "flac"), "0:04")


@pytest.mark.parametrize(
    ("length", "text"),
    [(0.002, "0.1 s"), (0.5, "0.5 s"), (0.94, "0.9 s"), (0.96, "0:01"), (61, "1:01")],
)
def test_clock__parts_of_a_second(length: float, text: str) -> None:
    assert streams.clock(length) == text


def test_draw__less_than_a_second() -> None:
    assert_marked(draw(sound(seconds=0.4)), "0.4 s")


@pytest.mark.parametrize("limit", ["_MAX_PACKETS", "_MAX_PACKET_BYTES"])
def test_measured__within_bounds(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = sound("adts", "aac", seconds=1)

    with streams.opened(io.BytesIO(data), "aac") as container:
        stream = container.streams.audio[0]
        assert streams.measured(container, stream) == pytest.approx(1, abs=0.1)
        monkeypatch.setattr(streams, limit, 20)
        assert streams.measured(container, stream) is None


@pytest.mark.parametrize("data", [b"", b"RIFF", sound()[:44]])
def test_draw__nothing_to_hear(data: bytes) -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(data)

    assert caught.value.reason is Reason.DAMAGED


def test_draw__damage_in_the_middle_is_passed_over() -> None:
    data = bytearray(sound("mp3", "libmp3lame"))
    data[3000:4000] = bytes(1000)

    assert draw(bytes(data), "mp3").size == (256, 128)


def test_draw__the_same_bytes_the_same_picture() -> None:
    data = sound("mp3", "libmp3lame")

    assert draw(data, "mp3").tobytes() == draw(data, "mp3").tobytes()
