from __future__ import annotations

import io
import struct

import av.error
import pytest
from PIL import Image, ImageChops, ImageStat

from artifacts.thumbnails import streams, video
from artifacts.thumbnails.result import Reason, UndrawableError
from tests import media
from tests.thumbnails.films import BLACK, RED, WHITE, Film, album, empty, sound


def draw(data: bytes, format: str = "mp4", side: int = 128) -> Image.Image:
    return video.draw(io.BytesIO(data), side=side, format=format)


def assert_near(image: Image.Image, x: float, y: float, color: tuple[int, ...]) -> None:
    found = image.getpixel((round(x * image.width), round(y * image.height)))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, color, strict=True)) < 24


def assert_alike(image: Image.Image, other: Image.Image) -> None:
    """Check that the marks in the corner are the same."""
    corner = (image.width - 23, image.height - 12, image.width, image.height)
    difference = ImageChops.difference(image.crop(corner), other.crop(corner))
    assert ImageStat.Stat(difference.convert("L")).mean[0] < 1


@pytest.mark.parametrize("format", ["mp4", "mov", "webm", "mkv", "avi"])
def test_draw__each_container(format: str) -> None:
    image = draw(media.FILES[format](), format)

    assert (image.mode, max(image.size)) == ("RGB", 128)
    assert_near(image, 0.05, 0.05, (13, 40, 242))


@pytest.mark.parametrize("format", ["mp4", "mkv"])
def test_draw__black_beginning_of_a_single_key_frame(format: str) -> None:
    image = draw(Film(format, black=2.0).make(), format)

    assert_near(image, 0.25, 0.25, WHITE)
    assert_near(image, 0.75, 0.25, RED)


def test_draw__black_throughout() -> None:
    assert_near(draw(Film(black=9.0).make()), 0.5, 0.5, BLACK)


@pytest.mark.parametrize(
    ("rotation", "corner"),
    [(0, (0.25, 0.25)), (90, (0.75, 0.25)), (180, (0.75, 0.75)), (270, (0.25, 0.75))],
)
def test_draw__turned_as_players_turn_it(
    rotation: int, corner: tuple[float, float]
) -> None:
    # Longer than the mark in the corner, of a size that no codec pads.
    image = draw(Film(rotation=rotation).make(), side=256)

    assert (image.width > image.height) == (rotation % 180 == 0)
    assert_near(image, *corner, WHITE)
    assert_near(image, 0.5, 0.6 if corner[1] < 0.5 else 0.4, RED)


def placed(a: float, b: float, c: float, d: float) -> bytes:
    """Make a film with a matrix in its track header (ISO/IEC 14496-12, 8.3.2)."""
    data = bytearray(Film().make())
    start = data.index(b"tkhd") + 4 + 4 + 20 + 16
    one = 1 << 16
    turned = [round(part * one) for part in (a, b, 0, c, d, 0, 96, 0)]
    data[start : start + 36] = struct.pack(">9i", *turned, 1 << 30)
    return bytes(data)


@pytest.mark.parametrize(
    ("matrix", "corner"),
    [
        ((1, 0, 0, 1), (0.25, 0.25)),
        ((-1, 0, 0, 1), (0.75, 0.25)),
        ((1, 0, 0, -1), (0.25, 0.75)),
        ((-1, 0, 0, -1), (0.75, 0.75)),
        ((0, 1, -1, 0), (0.75, 0.25)),
        ((0, -1, 1, 0), (0.25, 0.75)),
        ((0, 1, 1, 0), (0.25, 0.25)),
        ((0, -1, -1, 0), (0.75, 0.75)),
        ((-0.9, 0.2, 0.2, 0.9), (0.75, 0.25)),
        ((0, 0, 0, 0), (0.25, 0.25)),
    ],
)
def test_draw__mirrored_as_players_mirror_it(
    matrix: tuple[float, float, float, float], corner: tuple[float, float]
) -> None:
    image = draw(placed(*matrix), side=256)

    assert_near(image, *corner, WHITE)
    for other in {(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)} - {corner}:
        assert_near(image, *other, RED)


def test_draw__rotation_of_a_telephone() -> None:
    image = draw(placed(0, 1, -1, 0))

    assert image.width < image.height
    assert_near(image, 0.75, 0.25, WHITE)


def test_draw__duration_in_the_corner() -> None:
    image = draw(Film().make(), side=256)

    corner = image.crop(
        (image.width - 34, image.height - 21, image.width - 8, image.height - 8)
    )
    extremes = corner.convert("L").getextrema()
    assert extremes[1] == 255
    assert_near(image, 0.75, 0.75, RED)


def test_draw__duration_that_is_not_declared() -> None:
    declared = Film("webm", "libvpx-vp9").make()
    # What browsers record has no Duration (RFC 9559, 5.1.2.10); Void takes its place.
    start = declared.index(b"\x44\x89\x88")
    data = declared[:start] + b"\xec\x89" + declared[start + 2 :]

    with streams.opened(io.BytesIO(data), "webm") as container:
        assert streams.seconds(container) is None
        found = streams.measured(container, container.streams.video[0])
    assert found == pytest.approx(3.0)
    assert draw(data, "webm").tobytes() == draw(declared, "webm").tobytes()


def test_draw__short_clip_of_which_the_last_frame_is_not_counted() -> None:
    data = media.clip("mpeg", "mpeg1video")

    with streams.opened(io.BytesIO(data), "mpg") as container:
        assert streams.seconds(container) == pytest.approx(0.3125)
        found = streams.measured(container, container.streams.video[0])
    assert found == pytest.approx(0.5)
    assert_alike(draw(data, "mpg"), draw(media.FILES["avi"](), "avi"))


def test_draw__sound_only_gets_its_waveform() -> None:
    assert draw(sound("mp4", "aac")).size == (128, 64)


def test_draw__nothing_to_see_or_hear() -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(empty())

    assert caught.value.reason is Reason.DAMAGED


def test_draw__dimensions_beyond_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MAX_PIXELS", 100 * 90)

    with pytest.raises(UndrawableError) as caught:
        draw(Film().make())

    assert caught.value.reason is Reason.TOO_LARGE


def test_draw__a_billion_frames_announced() -> None:
    data = bytearray(Film().make())
    start = data.index(b"stts") + 4 + 4 + 4
    data[start : start + 4] = struct.pack(">I", 10**9)

    assert draw(bytes(data)).mode == "RGB"


@pytest.mark.parametrize("part", [0.02, 0.3])
def test_draw__cut_short(part: float) -> None:
    data = Film().make()

    with pytest.raises(UndrawableError) as caught:
        draw(data[: round(len(data) * part)])

    assert caught.value.reason is Reason.DAMAGED


def test_draw__the_same_bytes_the_same_picture() -> None:
    data = Film("webm", "libvpx-vp9").make()

    assert draw(data, "webm").tobytes() == draw(data, "webm").tobytes()


@pytest.mark.parametrize(
    ("format", "codec"),
    [("mp4", "libx264"), ("avi", "mpeg4"), ("mkv", "libx264"), ("webm", "libvpx-vp9")],
)
def test_draw__frames_that_cannot_be_decoded(format: str, codec: str) -> None:
    data = bytearray(Film(format, codec).make())
    start, end = round(len(data) * 0.3), round(len(data) * 0.9)
    if format == "mp4":
        start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = bytes(end - start)

    with pytest.raises(UndrawableError) as caught:
        draw(bytes(data), format)

    assert caught.value.reason is Reason.DAMAGED


def test_draw__pixels_decoded_in_search_of_contrast_are_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video, "_MAX_DECODED", 160 * 96)

    assert_near(draw(Film("mkv", black=2.0).make(), "mkv"), 0.25, 0.25, BLACK)


def test_draw__codec_unknown() -> None:
    data = Film("mkv").make()

    with pytest.raises(UndrawableError) as caught:
        draw(data.replace(b"V_MPEG4/ISO/AVC", b"V_UNKNOWN/CODEC"), "mkv")

    assert caught.value.reason is Reason.UNSUPPORTED


def test_draw__picture_of_an_album_is_no_film() -> None:
    assert draw(album(), "mp4").size == (128, 64)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (av.error.MemoryError(12, ""), Reason.OUT_OF_MEMORY),
        (av.error.DecoderNotFoundError(1, ""), Reason.UNSUPPORTED),
        (av.error.EOFError(1, ""), Reason.DAMAGED),
    ],
)
def test_opened__errors_are_reasons(error: Exception, expected: Reason) -> None:
    def fail() -> None:
        with streams.opened(io.BytesIO(Film().make()), "mp4"):
            raise error

    with pytest.raises(UndrawableError) as caught:
        fail()

    assert caught.value.reason is expected


def test_draw__playlist_is_not_followed() -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"

    with pytest.raises(UndrawableError):
        draw(playlist)
