from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
import pytest

from artifacts.thumbnails import ply, ply_faces, points
from artifacts.thumbnails.cloud import Cloud
from artifacts.thumbnails.result import Reason, UndrawableError

XYZ = [("float", "x"), ("float", "y"), ("float", "z")]
SQUARE = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
INDICES = [("list uchar int", "vertex_indices")]
TRIANGLES = [[[0, 1, 2]], [[0, 2, 3]]]
ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
CODES = {"float": "f", "uchar": "B", "ushort": "H", "int": "i", "uint": "I"}
Element = tuple[str, list[tuple[str, str]], Sequence[Sequence[object]]]
VERTEX: Element = ("vertex", XYZ, SQUARE)
FACE: Element = ("face", INDICES, TRIANGLES)


def write(*elements: Element, format: str = "ascii") -> bytes:
    lines = ["ply", f"format {format} 1.0"]
    body = b""
    for name, properties, rows in elements:
        lines.append(f"element {name} {len(rows)}")
        lines += [f"property {kind} {each}" for kind, each in properties]
        for row in rows:
            cells = zip(properties, row, strict=True)
            parts = [_cell(kind, value, ORDERS[format]) for (kind, _), value in cells]
            body += b" ".join(parts) + b"\n" if format == "ascii" else b"".join(parts)
    return "\n".join([*lines, "end_header", ""]).encode() + body


def _cell(kind: str, value: object, order: str) -> bytes:
    if isinstance(value, list):
        _, length, kind = kind.split()
        numbers = [(length, len(value)), *((kind, each) for each in value)]
    else:
        numbers = [(kind, value)]
    if not order:
        return " ".join(str(number) for _, number in numbers).encode()
    return b"".join(struct.pack(order + CODES[kind], each) for kind, each in numbers)


def read(data: bytes) -> Cloud:
    return ply.read(io.BytesIO(data))


def is_square(cloud: Cloud) -> bool:
    """Tell whether points are spread over all of the square."""
    if len(cloud.positions) < 10_000 or cloud.normals is None:
        return False
    cells = np.floor(cloud.positions[:, :2].astype(np.float64) * 4) @ (1, 4)
    counts = np.bincount(cells.astype(int))
    is_upright = np.allclose(np.abs(cloud.normals), (0, 0, 1))
    return len(counts) >= 16 and bool(counts[:16].min() > 10_000) and is_upright


@pytest.mark.parametrize("format", ORDERS)
@pytest.mark.parametrize(
    "faces",
    [
        FACE,
        ("face", [("list uchar uint", "vertex_index")], TRIANGLES),
        ("face", INDICES, [[[0, 1, 2, 3]]]),
        ("face", INDICES, [[[0, 1, 2]], [[]], [[0, 2, 3, 3]]]),
        (
            "face",
            [("uchar", "red"), *INDICES, ("list uchar float", "uv"), ("float", "s")],
            [[9, [0, 1, 2], [0.5, 1.0], 0], [9, [0, 2, 3], [0.5], 1]],
        ),
        ("face", INDICES, [*TRIANGLES, [[0, 1, 9]], [[-1, 0, 1]], [[0, 0, 0]]]),
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_read__faces_are_sampled(
    format: str, faces: Element, *, is_first: bool
) -> None:
    elements = (faces, VERTEX) if is_first else (VERTEX, faces)

    assert is_square(read(write(*elements, format=format)))


@pytest.mark.parametrize("format", ORDERS)
@pytest.mark.parametrize("is_first", [False, True])
def test_read__other_elements_are_passed_over(format: str, *, is_first: bool) -> None:
    camera: Element = ("camera", [("float", "f"), ("int", "w")], [[1.5, 7]] * 3)
    strips: Element = ("strips", [("list int int", "vertices")], [[[0, 1]], [[2]]])
    others = (camera, strips)
    elements = (*others, VERTEX, FACE) if is_first else (VERTEX, *others, FACE)

    assert is_square(read(write(*elements, format=format)))


@pytest.mark.parametrize("format", ORDERS)
@pytest.mark.parametrize(
    "faces",
    [
        ("face", INDICES, []),
        ("face", INDICES, [[[0, 1]]]),
        ("face", INDICES, [[[0, 0, 0]]]),
        ("face", [("list uchar float", "vertex_indices")], [[[0, 1, 2]]]),
        ("face", [("int", "vertex_indices")], [[0]]),
        ("edge", [("int", "vertex1"), ("int", "vertex2")], [[0, 1]]),
    ],
)
def test_read__nothing_to_sample_leaves_the_vertices(
    format: str, faces: Element
) -> None:
    for elements in ((VERTEX, faces), (faces, VERTEX)):
        assert len(read(write(*elements, format=format)).positions) == 4


@pytest.mark.parametrize("format", ORDERS)
@pytest.mark.parametrize("faces", [FACE, ("face", INDICES, [*TRIANGLES, [[0]]])])
def test_read__faces_cut_short_leave_the_vertices(format: str, faces: Element) -> None:
    data = write(VERTEX, faces, format=format)

    assert len(read(data[:-8]).positions) == 4


def test_read__faces_before_the_vertices_are_damaged() -> None:
    length = b"\xff\xff\xff\x7f"
    data = write(("face", [("list int int", "vertex_indices")], TRIANGLES), VERTEX)
    binary = data[: data.index(b"end_header") + 11].replace(
        b"ascii", b"binary_little_endian"
    )

    number = binary.replace(b"list int int vertex_indices", b"int group")
    with pytest.raises(UndrawableError):
        read(number + bytes(7))
    for body in (b"", length + bytes(400), bytes(4) + length + bytes(40)):
        with pytest.raises(UndrawableError) as caught:
            read(binary + body)
        assert caught.value.reason is Reason.DAMAGED


@pytest.mark.parametrize("format", ORDERS)
def test_read__too_many_faces_to_be_read_one_by_one(
    format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ply_faces, "_MAX_MIXED", 1)
    mixed: Element = ("face", INDICES, [[[0, 1, 2]], [[0, 2, 3, 3]]])

    assert len(read(write(VERTEX, mixed, format=format)).positions) == 4
    with pytest.raises(UndrawableError) as caught:
        read(write(mixed, VERTEX, format=format))
    assert caught.value.reason is Reason.TOO_LARGE


def test_read__too_many_vertices_for_a_mesh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ply, "_MAX_CORNERS", 3)

    cloud = read(write(VERTEX, FACE, format="binary_little_endian"))

    assert len(cloud.positions) == 4


def test_read__a_corner_that_is_no_number() -> None:
    vertices: Element = ("vertex", XYZ, [*SQUARE, (float("nan"), 0, 0), (3e38, 0, 0)])
    faces: Element = ("face", INDICES, [*TRIANGLES, [[0, 1, 4]], [[0, 1, 5]]])

    assert is_square(read(write(vertices, faces, format="binary_little_endian")))


@pytest.mark.parametrize("format", ORDERS)
@pytest.mark.parametrize(
    ("kind", "levels", "expected"),
    [
        ("ushort", (65535, 32896, 0), (255, 128, 0)),
        ("uchar", (255, 128, 0), (255, 128, 0)),
        ("uchar", (1, 0, 1), (1, 0, 1)),
        ("float", (1, 0.502, 0), (255, 128, 0)),
        ("int", (255, 128, 0), (255, 128, 0)),
    ],
)
def test_read__colours_by_their_type(
    format: str,
    kind: str,
    levels: tuple[float, float, float],
    expected: tuple[int, int, int],
) -> None:
    properties = [*XYZ, (kind, "red"), (kind, "green"), (kind, "blue")]
    vertices: Element = ("vertex", properties, [(*at, *levels) for at in SQUARE])

    for elements in ((vertices,), (vertices, FACE)):
        colors = read(write(*elements, format=format)).colors
        assert colors is not None
        assert np.abs(colors.astype(int) - expected).max() <= 1


def test_draw__surface_without_gaps() -> None:
    data = write(VERTEX, FACE, format="binary_little_endian")

    image = points.draw(io.BytesIO(data), side=128, format="ply")

    luma = np.asarray(image.convert("L")) > 40
    assert luma[60:68, 40:88].all()


@pytest.mark.parametrize(
    "line",
    [
        "property list float int vertex_indices",
        "property list uchar int",
        "property list uchar real vertex_indices",
        "property int",
    ],
)
def test_read__header_is_damaged(line: str) -> None:
    data = write(VERTEX, FACE).decode()

    with pytest.raises(UndrawableError) as caught:
        read(data.replace("property list uchar int vertex_indices", line).encode())

    assert caught.value.reason is Reason.DAMAGED
