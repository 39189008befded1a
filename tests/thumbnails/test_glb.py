from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import glb, surfaces
from artifacts.thumbnails.cloud import Cloud
from artifacts.thumbnails.result import Reason, UndrawableError
from tests.thumbnails import scenes

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype="<f4")
CORNERS = np.array([0, 1, 2, 1, 3, 2], dtype="<u2")
UV = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype="<f4")


def accessor(view: int, count: int, kind: str = "VEC3", component: int = 5126) -> Any:
    return {
        "bufferView": view,
        "componentType": component,
        "count": count,
        "type": kind,
    }


def scene(
    primitive: dict[str, Any] | None = None,
    *chunks: bytes,
    accessors: list[Any] | None = None,
    **tree: Any,
) -> bytes:
    """Make a square from (0, 0) to (1, 1); more chunks and accessors follow its own."""
    default = {
        "accessors": [
            accessor(0, 4),
            accessor(1, 6, "SCALAR", 5123),
            *(accessors or []),
        ],
        "meshes": [
            {"primitives": [primitive or {"attributes": {"POSITION": 0}, "indices": 1}]}
        ],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    data = (SQUARE.tobytes(), CORNERS.tobytes(), *chunks)
    return scenes.glb({**default, **tree}, *data)


def read(data: bytes) -> Cloud:
    return glb.read(io.BytesIO(data))


def reason(data: bytes) -> Reason:
    with pytest.raises(UndrawableError) as caught:
        read(data)
    return caught.value.reason


def test_read__points_cover_the_surface_evenly() -> None:
    cloud = read(scene())

    counts, _, _ = np.histogram2d(cloud.positions[:, 0], cloud.positions[:, 1], bins=4)
    assert counts.min() > surfaces.POINTS / 16 * 0.95
    assert cloud.normals is not None
    assert np.allclose(np.abs(cloud.normals), (0, 0, 1))


def test_read__nodes_are_placed_within_each_other() -> None:
    half = np.sqrt(0.5)
    nodes = [
        {"children": [1], "translation": [10, 0, 0], "rotation": [0, 0, half, half]},
        {"children": [2], "scale": [2, 2, 2]},
        {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1]},
    ]

    positions = read(scene(nodes=nodes)).positions

    # The square from x = 1 to 2, doubled, turned left by 90 degrees, moved by 10.
    assert np.allclose(positions.min(axis=0), (8, 2, 0), atol=0.02)
    assert np.allclose(positions.max(axis=0), (10, 4, 0), atol=0.02)


@pytest.mark.parametrize("mode", [5, 6])
def test_read__strips_and_fans(mode: int) -> None:
    primitive = {"attributes": {"POSITION": 0}, "mode": mode}

    assert len(read(scene(primitive)).positions) == surfaces.POINTS


def test_read__points_with_colours_of_their_own() -> None:
    primitive = {"attributes": {"POSITION": 0, "COLOR_0": 2}, "mode": 0}
    colors = bytes((255, 0, 0, 255)) * 4
    own = accessor(2, 4, "VEC4", 5121) | {"normalized": True}

    cloud = read(scene(primitive, colors, accessors=[own]))

    assert len(cloud.positions) == 4
    assert cloud.colors is not None
    assert cloud.colors.tolist() == [[255, 0, 0]] * 4


def material(**surface: Any) -> dict[str, Any]:
    return {"materials": [{"pbrMetallicRoughness": surface}]}


PAINTED = {"attributes": {"POSITION": 0, "TEXCOORD_0": 2}, "indices": 1, "material": 0}


def image_bytes() -> bytes:
    image = Image.new("RGB", (2, 1))
    image.putdata([(255, 0, 0), (0, 0, 255)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def textured(image: bytes = image_bytes(), **tree: Any) -> bytes:
    default = {
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        **material(baseColorTexture={"index": 0}),
    }
    uv = accessor(2, 4, "VEC2")
    return scene(PAINTED, UV.tobytes(), image, accessors=[uv], **{**default, **tree})


def test_read__colour_of_a_material() -> None:
    cloud = read(scene(PAINTED, UV.tobytes(), **material(baseColorFactor=[0, 1, 0, 1])))

    assert cloud.colors is not None
    assert np.unique(cloud.colors, axis=0).tolist() == [[0, 255, 0]]


def test_read__embedded_texture() -> None:
    cloud = read(textured())

    assert cloud.colors is not None
    left = cloud.positions[:, 0] < 0.45
    right = cloud.positions[:, 0] > 0.55
    assert np.unique(cloud.colors[left], axis=0).tolist() == [[255, 0, 0]]
    assert np.unique(cloud.colors[right], axis=0).tolist() == [[0, 0, 255]]


@pytest.mark.parametrize(
    "tree",
    [
        {"images": [{"uri": "file:///etc/hostname"}]},
        {"images": [{"bufferView": 0}]},
        {"textures": [{}]},
    ],
)
def test_read__texture_that_cannot_be_had(tree: dict[str, Any]) -> None:
    cloud = read(textured(**tree))

    assert cloud.colors is not None
    assert np.unique(cloud.colors, axis=0).tolist() == [[255, 255, 255]]


def test_read__texture_beyond_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artifacts.thumbnails.textures._MAX_PIXELS", 1)

    colors = read(textured()).colors

    assert colors is not None
    assert colors.min() == 255


def test_read__more_elements_than_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glb, "_MAX_ELEMENTS", 9)

    assert reason(scene()) is Reason.TOO_LARGE


def test_read__texture_of_two_primitives_is_decoded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meshes = [{"primitives": [PAINTED, PAINTED]}]

    colors = read(textured(meshes=meshes)).colors
    monkeypatch.setattr("artifacts.thumbnails.textures._MAX_TEXTURES", 0)
    without = read(textured(meshes=meshes)).colors

    assert colors is not None
    assert without is not None
    assert colors.min() == 0
    assert without.min() == 255
