from __future__ import annotations

import gzip
import io
import struct

import av
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from artifacts.management.samples import Sample, samples
from artifacts.media_types import sniff
from artifacts.refs import ArtifactKind


@pytest.fixture(scope="module")
def by_kind() -> dict[ArtifactKind, Sample]:
    made = samples()
    found = {sniff(io.BytesIO(sample.content)).kind: sample for sample in made}
    assert len(found) == len(made)
    return found


Samples = dict[ArtifactKind, Sample]


def test_samples__one_of_every_kind_but_the_link(by_kind: Samples) -> None:
    assert set(by_kind) == set(ArtifactKind) - {ArtifactKind.URL}


def test_samples__are_what_they_are_called(by_kind: Samples) -> None:
    for kind, sample in by_kind.items():
        found = sniff(io.BytesIO(sample.content), filename=sample.filename)
        assert found.name == sample.mime_type
        if kind != ArtifactKind.FILE:
            assert sample.filename.endswith(f".{found.extension}")


def test_samples__same_bytes_on_every_run(by_kind: Samples) -> None:
    again = {sample.filename: sample for sample in samples()}
    for kind, sample in by_kind.items():
        if kind is not ArtifactKind.VIDEO:  # x264 promises no such thing
            assert again[sample.filename] == sample


def test_samples__are_small_enough_to_be_put_over_any_line(by_kind: Samples) -> None:
    assert all(1_000 < len(sample.content) < 1_000_000 for sample in by_kind.values())


def test_samples__image(by_kind: Samples) -> None:
    with Image.open(io.BytesIO(by_kind[ArtifactKind.IMAGE].content)) as picture:
        assert (picture.size, picture.mode) == ((1200, 800), "RGB")
        # A picture, not a surface of one colour.
        assert np.asarray(picture).std(axis=(0, 1)).min() > 25


def test_samples__video_plays_in_browsers(by_kind: Samples) -> None:
    content = by_kind[ArtifactKind.VIDEO].content
    with av.open(io.BytesIO(content), "r") as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
    assert len(frames) == 72
    assert frames[0].shape == (480, 848, 3)
    assert np.abs(frames[0].astype(int) - frames[18]).mean() > 2


def test_samples__video_index_comes_before_its_frames(by_kind: Samples) -> None:
    content = by_kind[ArtifactKind.VIDEO].content
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_samples__audio(by_kind: Samples) -> None:
    content = by_kind[ArtifactKind.AUDIO].content
    with av.open(io.BytesIO(content), "r") as sound:
        stream = sound.streams.audio[0]
        assert (stream.rate, stream.layout.name) == (44_100, "stereo")
        frames = [frame.to_ndarray() for frame in sound.decode(stream)]
    samples_decoded = np.concatenate(frames, axis=1)
    assert samples_decoded.shape[1] / 44_100 == pytest.approx(4, abs=0.1)
    assert 0.5 < np.abs(samples_decoded).max() <= 1


def test_samples__document(by_kind: Samples) -> None:
    document = pypdfium2.PdfDocument(by_kind[ArtifactKind.DOCUMENT].content)
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
        assert document.get_metadata_dict()["Title"] == "Sensor network: third quarter"
    finally:
        document.close()
    assert len(texts) == 2
    assert "Readings by site, in thousands" in texts[0]
    assert "Page 2" in texts[1]


def test_samples__document_sums_are_right(by_kind: Samples) -> None:
    document = pypdfium2.PdfDocument(by_kind[ArtifactKind.DOCUMENT].content)
    try:
        words = document[1].get_textpage().get_text_range().split()
    finally:
        document.close()
    start = words.index("Harbour")
    numbers = [int(word) for word in words[start + 1 : start + 5]]
    assert sum(numbers[:3]) == numbers[3]


def test_samples__reconstruction(by_kind: Samples) -> None:
    plain = gzip.decompress(by_kind[ArtifactKind.RECONSTRUCTION].content)
    magic, version, count, degree, fraction = struct.unpack_from("<4sIIBB", plain)
    assert (magic, version, degree) == (b"NGSP", 2, 0)
    # 9 bytes of position, 1 of opacity, 3 each of colour, scale and rotation.
    assert len(plain) == 16 + count * 19
    fixed = np.zeros((count, 3, 4), dtype=np.uint8)
    fixed[:, :, 1:] = np.frombuffer(plain, np.uint8, count * 9, 16).reshape(-1, 3, 3)
    points = (fixed.view("<i4")[:, :, 0] >> 8) / 2**fraction
    assert 2.5 < np.abs(points).max() < 4
    # Far from a ball: the knot leaves its middle empty.
    assert np.hypot(points[:, 0], points[:, 1]).min() > 0.4


def test_samples__array(by_kind: Samples) -> None:
    content = by_kind[ArtifactKind.ARRAY].content
    array = np.load(io.BytesIO(content), allow_pickle=False)
    assert (array.shape, array.dtype) == ((320, 480), np.float32)
    assert np.isfinite(array).all()


def test_samples__file_of_no_kind(by_kind: Samples) -> None:
    content = by_kind[ArtifactKind.FILE].content
    magic, _, width, count = struct.unpack_from("<4sHHI", content)
    assert magic == b"TLM\x01"
    assert len(content) == 12 + 4 * width * count
