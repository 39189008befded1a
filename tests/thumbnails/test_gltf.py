from __future__ import annotations

import struct
from typing import Any

import pytest

from artifacts.thumbnails import gltf
from artifacts.thumbnails.result import Reason
from tests.thumbnails.test_glb import (
    PAINTED,
    UV,
    accessor,
    image_bytes,
    material,
    reason,
    scene,
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Reason.DAMAGED),
        (b"glTF" + struct.pack("<II", 1, 12), Reason.UNSUPPORTED),
        (b"glTX" + struct.pack("<II", 2, 12), Reason.DAMAGED),
        (scene()[:200], Reason.DAMAGED),
        (scene()[:12] + struct.pack("<I4s", 2**31, b"JSON"), Reason.TOO_LARGE),
        (scene()[:12] + struct.pack("<I4s", 4, b"WHAT"), Reason.DAMAGED),
        (
            scene()[:12] + struct.pack("<I4s", 4, b"JSON") + b"[{} ",
            Reason.DAMAGED,
        ),
        (scene()[:12] + struct.pack("<I4s", 4, b"JSON") + b"[]  ", Reason.DAMAGED),
        (scene()[:12] + struct.pack("<I4s", 4, b"JSON") + b"{}  ", Reason.UNSUPPORTED),
        (scene(accessors=None, meshes=[]), Reason.DAMAGED),
        (scene(accessors=[], nodes=[{"mesh": 7}]), Reason.DAMAGED),
        (scene({"attributes": {"POSITION": 9}}), Reason.DAMAGED),
        (scene({"attributes": {"POSITION": 1}}), Reason.DAMAGED),
        (scene({"attributes": {}}), Reason.DAMAGED),
        (scene({"attributes": {"POSITION": 0}, "mode": 1}), Reason.UNSUPPORTED),
        (scene(nodes=[{"mesh": 0, "scale": [0, 0, 0]}]), Reason.DAMAGED),
        (
            scene(
                {
                    "attributes": {"POSITION": 0},
                    "extensions": {"KHR_draco_mesh_compression": {}},
                }
            ),
            Reason.UNSUPPORTED,
        ),
    ],
)
def test_read__refused(data: bytes, expected: Reason) -> None:
    assert reason(data) is expected


@pytest.mark.parametrize(
    "change",
    [
        {"count": 10**12},
        {"count": -1},
        {"count": 0},
        {"byteOffset": 10**9},
        {"componentType": 1},
        {"bufferView": 5},
        {"type": "MAT9"},
    ],
)
def test_accessor__claims_are_checked(change: dict[str, Any]) -> None:
    changed = accessor(0, 4) | change

    assert reason(scene({"attributes": {"POSITION": 2}}, accessors=[changed])) is (
        Reason.DAMAGED
    )


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ({"buffer": 1, "byteLength": 48}, Reason.UNSUPPORTED),
        ({"buffer": 0, "byteLength": 10**9}, Reason.DAMAGED),
        ({"buffer": 0, "byteOffset": -4, "byteLength": 48}, Reason.DAMAGED),
        ({"buffer": 0, "byteLength": 48, "byteStride": 1}, Reason.DAMAGED),
    ],
)
def test_view__claims_are_checked(view: dict[str, Any], expected: Reason) -> None:
    assert (
        reason(scene({"attributes": {"POSITION": 0}}, bufferViews=[view])) is expected
    )


def test_read__index_beyond_the_vertices() -> None:
    few = scene(
        {"attributes": {"POSITION": 2}, "indices": 1}, accessors=[accessor(0, 3)]
    )

    assert reason(few) is Reason.DAMAGED


def test_read__attributes_of_different_lengths() -> None:
    short = accessor(2, 3, "VEC2")
    tree = material(baseColorTexture={"index": 0})
    images = {"textures": [{"source": 0}], "images": [{"bufferView": 3}]}

    data = scene(
        PAINTED, UV.tobytes(), image_bytes(), accessors=[short], **tree, **images
    )

    assert reason(data) is Reason.DAMAGED


def test_placed_meshes__a_cycle_ends() -> None:
    nodes = [{"mesh": 0, "children": [1]}, {"children": [0]}]
    document = gltf.Document({"nodes": nodes, "scenes": [{"nodes": [0]}]}, b"")

    assert [mesh for mesh, _ in gltf.placed_meshes(document)] == [0]


def test_placed_meshes__without_scenes_every_node_is_a_root() -> None:
    document = gltf.Document({"nodes": [{"mesh": 0}, {"mesh": 1}]}, b"")

    assert sorted(mesh for mesh, _ in gltf.placed_meshes(document)) == [0, 1]
