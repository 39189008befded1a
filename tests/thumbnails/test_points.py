from __future__ import annotations

import gzip
import io
import struct

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import points, spz
from artifacts.thumbnails.result import Reason, UndrawableError
from tests import media
from tests.thumbnails import scenes


def draw(data: bytes, format: str, side: int = 128) -> Image.Image:
    return points.draw(io.BytesIO(data), side=side, format=format)


def reason(data: bytes, format: str) -> Reason:
    with pytest.raises(UndrawableError) as caught:
        draw(data, format)
    return caught.value.reason


def assert_balls(image: Image.Image) -> None:
    """Check that a red ball lies to the left of a blue one, both mostly whole."""
    pixels = np.asarray(image).astype(int)
    red = (pixels[..., 0] > 90) & (pixels[..., 2] < 90)
    blue = (pixels[..., 2] > 90) & (pixels[..., 0] < 90)
    assert (image.mode, image.size) == ("RGB", (128, 128))
    assert min(red.sum(), blue.sum()) > 800
    assert np.nonzero(red)[1].mean() < np.nonzero(blue)[1].mean() - 30


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_draw__every_version_of_spz(version: int) -> None:
    assert_balls(draw(scenes.spz(version), "spz"))


@pytest.mark.parametrize(
    "format", ["binary_little_endian", "binary_big_endian", "ascii"]
)
@pytest.mark.parametrize("columns", ["color", "splat"])
def test_draw__every_encoding_of_ply(format: str, columns: str) -> None:
    assert_balls(draw(scenes.ply(format, columns), "ply"))


@pytest.mark.parametrize("columns", ["none", "normal"])
def test_draw__points_without_colours(columns: str) -> None:
    image = draw(scenes.ply(columns=columns), "ply")

    colors = np.unique(np.asarray(image).reshape(-1, 3), axis=0)
    assert len(colors) > 100


@pytest.mark.parametrize("format", ["spz", "ply", "glb"])
def test_draw__each_format(format: str) -> None:
    image = draw(media.FILES[format](), format)

    assert np.asarray(image.convert("L")).max() > 60


def test_draw__few_points_and_a_flat_scan() -> None:
    x, y = np.mgrid[0:12, 0:12].reshape(2, -1).astype(np.float32)
    table = {"x": ("f4", x), "y": ("f4", y), "z": ("f4", np.sin(x))}

    image = draw(scenes.write_ply(table, "ascii"), "ply")

    assert image.getbbox() == (0, 0, 128, 128)
    assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 20


def test_draw__colours_as_parts_of_one_and_points_that_are_no_numbers() -> None:
    line = np.arange(100, dtype=np.float64)
    line[50] = np.nan
    table = dict.fromkeys("xyz", ("f4", line))
    table |= {"r": ("f4", np.ones(100)), "g": ("f4", np.zeros(100))}
    table |= {"b": ("f4", np.zeros(100))}

    pixels = np.asarray(draw(scenes.write_ply(table, "ascii"), "ply"))

    assert (pixels[..., 0] > 200).any()


def test_draw__hardly_opaque_splats_are_drawn_if_there_are_no_others() -> None:
    assert_balls(draw(scenes.spz(2, opacity=3), "spz"))


def test_draw__splats_without_size_and_opacity_and_normals_of_no_length() -> None:
    positions, colors = scenes.balls()
    axes = {name: ("f4", positions[:, axis]) for axis, name in enumerate("xyz")}
    splats = {
        f"f_dc_{axis}": ("f4", scenes.harmonics(colors)[:, axis]) for axis in range(3)
    }
    normals = dict.fromkeys(("nx", "ny", "nz"), ("f4", np.zeros(len(positions))))

    assert_balls(draw(scenes.write_ply(axes | splats, "ascii"), "ply"))
    assert draw(scenes.write_ply(axes | normals, "ascii"), "ply").getbbox()


def test_draw__no_finite_point() -> None:
    nothing = np.full(3, np.nan)
    table = dict.fromkeys("xyz", ("f4", nothing))

    assert reason(scenes.write_ply(table, "ascii"), "ply") is Reason.DAMAGED


def test_draw__more_points_than_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artifacts.thumbnails.cloud.MAX_POINTS", 1500)
    monkeypatch.setattr("artifacts.thumbnails.ply._CHUNK", 9000)
    monkeypatch.setattr("artifacts.thumbnails.ply._MAX_ASCII_POINTS", 1500)

    assert_balls(draw(scenes.ply(), "ply"))
    assert_balls(draw(scenes.ply("ascii"), "ply"))
    assert_balls(draw(scenes.spz(3), "spz"))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ((0x5053474E, 2, 2**32 - 1, 0, 12, 0, 0), Reason.TOO_LARGE),
        ((0x5053474E, 2, 100, 0, 12, 0, 0), Reason.DAMAGED),
        ((0x5053474E, 2, 0, 0, 12, 0, 0), Reason.DAMAGED),
        ((0x5053474E, 2, 9, 0, 99, 0, 0), Reason.DAMAGED),
        ((0x5053474E, 4, 9, 0, 12, 0, 0), Reason.UNSUPPORTED),
        ((0x5053474E, 9, 9, 0, 12, 0, 0), Reason.UNSUPPORTED),
        ((0x11111111, 2, 9, 0, 12, 0, 0), Reason.DAMAGED),
    ],
)
def test_read_spz__header(header: tuple[int, ...], expected: Reason) -> None:
    packed = gzip.compress(struct.pack("<IIIBBBB", *header) + bytes(100))

    assert reason(packed, "spz") is expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"NGSP",
        gzip.compress(b"NGSP"),
        gzip.compress(bytes(100))[:-9],
        b"\x1f\x8b\x08\x00" + bytes(40),
        scenes.spz(4)[:600],
        scenes.spz(4)[:40],
        scenes.spz(4)[:112] + bytes(500),
        scenes.pack_4(10, [bytes(90)]),
        scenes.pack_4(10, [bytes(9), bytes(10), bytes(30), bytes(30)]),
    ],
)
def test_read_spz__damaged(data: bytes) -> None:
    assert reason(data, "spz") is Reason.DAMAGED


def test_read_spz__gzip_that_unpacks_without_end_is_not_read_on() -> None:
    bomb = gzip.compress(
        struct.pack("<IIIBBBB", 0x5053474E, 2, 10, 0, 12, 0, 0) + bytes(50_000_000)
    )

    cloud = spz.read(io.BytesIO(bomb))

    assert cloud.positions.shape == (10, 3)


def ply_header(*lines: str, format: str = "ascii") -> bytes:
    return "\n".join(["ply", f"format {format} 1.0", *lines, "end_header", ""]).encode()


XYZ = ("property float x", "property float y", "property float z")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Reason.DAMAGED),
        (b"ply\n", Reason.DAMAGED),
        (b"plx\nformat ascii 1.0\nelement vertex 1\nend_header\n", Reason.DAMAGED),
        (ply_header("element vertex 99999999999", *XYZ) + b"1 2 3\n", Reason.DAMAGED),
        (ply_header("element vertex -4", *XYZ) + b"1 2 3\n", Reason.DAMAGED),
        (ply_header("element vertex 0", *XYZ), Reason.DAMAGED),
        (ply_header("element vertex 1", *XYZ) + b"1 2\n", Reason.DAMAGED),
        (ply_header("element vertex 1", *XYZ) + b"1 2 x\n", Reason.DAMAGED),
        (ply_header("element vertex x", *XYZ), Reason.DAMAGED),
        (ply_header("element vertex 1", "property real x"), Reason.DAMAGED),
        (ply_header("element vertex 1", XYZ[0], XYZ[0]), Reason.DAMAGED),
        (ply_header("element"), Reason.DAMAGED),
        (ply_header("element vertex 1", *XYZ, format="morse"), Reason.DAMAGED),
        (ply_header("element vertex 1", XYZ[0]) + b"1\n", Reason.UNSUPPORTED),
        (ply_header("element face 1", *XYZ), Reason.UNSUPPORTED),
        (
            ply_header("element vertex 1", "property list uchar int i"),
            Reason.UNSUPPORTED,
        ),
        (b"ply\nformat ascii 1.0\n" + b"comment x\n" * 9000, Reason.DAMAGED),
        (
            ply_header("element vertex 9999999", *XYZ, format="binary_big_endian")
            + bytes(99),
            Reason.DAMAGED,
        ),
    ],
)
def test_read_ply__refused(data: bytes, expected: Reason) -> None:
    assert reason(data, "ply") is expected


@pytest.mark.parametrize("version", [1, 3, 4])
def test_draw__the_same_bytes_the_same_picture(version: int) -> None:
    data = scenes.spz(version)

    assert draw(data, "spz").tobytes() == draw(data, "spz").tobytes()
