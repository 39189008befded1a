from __future__ import annotations

import math
import time
import uuid
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from artifacts import refs
from artifacts.exceptions import InvalidError
from artifacts.refs import (
    SUFFIXES,
    TEXT_LENGTH,
    ArtifactKind,
    NamespaceKind,
    NamespaceRef,
    ObjectRef,
    check_text,
    uuid7,
)

KINDS = st.sampled_from(ArtifactKind)
SEQUENCES = st.integers(0, SUFFIXES - 1)
OFFSETS = st.integers(0, 2**64)


def test_artifact_kind__values_are_the_published_prefixes() -> None:
    assert set(ArtifactKind) == {
        *("img", "vid", "aud", "doc", "recon", "url", "arr"),
        "file",
    }


@pytest.mark.parametrize(
    "text", ["a", "Größe 東京 🦊.png", "../../etc", "x" * TEXT_LENGTH]
)
def test_check_text__names_are_data(text: str) -> None:
    check_text(text, field="filename")


@pytest.mark.parametrize(
    "text", ["", "x" * (TEXT_LENGTH + 1), "a\0b", "a\r\nb", "\x7f", "\x85", "\ud800"]
)
def test_check_text__refused(text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_text(text, field="filename")
    assert caught.value.field == "filename"


@pytest.mark.parametrize("kind", NamespaceKind)
def test_namespace_ref__names_its_kind(kind: NamespaceKind) -> None:
    assert str(NamespaceRef(kind, "run-7")) == f"{kind} run-7"
    with pytest.raises(InvalidError) as caught:
        NamespaceRef(kind, "")
    assert caught.value.field == f"{kind}_id"


@pytest.mark.parametrize(
    ("text", "kind", "suffix"),
    [
        ("img_a1b2c3", ArtifactKind.IMAGE, "a1b2c3"),
        ("recon_000000", ArtifactKind.RECONSTRUCTION, "000000"),
        ("file_ZZzz_9", ArtifactKind.FILE, "ZZzz_9"),
    ],
)
def test_parse__valid(text: str, kind: ArtifactKind, suffix: str) -> None:
    found = ObjectRef.parse(text)
    assert found == ObjectRef(kind, suffix)
    assert str(found) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "img", "img_", "img_a1b2c", "img_a1b2c3d", "_a1b2c3", "img-a1b2c3"),
        *("IMG_a1b2c3", "pic_a1b2c3", " img_a1b2c3", "img_a1b2c3\n", "img_a1b2c3 "),
        *("img_../../", "img_a1b2é3", "img_a1b2٣3", "img_a1b2\03", "img__img_a1b2c3"),
    ],
)
def test_parse__invalid(text: str) -> None:
    with pytest.raises(InvalidError, match="An object id is") as caught:
        ObjectRef.parse(text)
    assert caught.value.field == "object_id"


@given(text=st.text(max_size=16) | st.from_regex(r"\A[a-z]{3,5}_\w{6}\Z"))
def test_parse__anything_is_read_or_refused(text: str) -> None:
    try:
        found = ObjectRef.parse(text)
    except InvalidError:
        return
    assert str(found) == text


@given(kind=KINDS, sequence=SEQUENCES, offset=OFFSETS)
def test_mint__six_lower_case_hex_digits(
    kind: ArtifactKind, sequence: int, offset: int
) -> None:
    minted = ObjectRef.mint(kind, sequence=sequence, offset=offset)
    assert len(minted.suffix) == 6
    assert minted.suffix == f"{int(minted.suffix, 16):06x}"
    assert ObjectRef.parse(str(minted)) == minted


def test_mint__stride_visits_every_suffix() -> None:
    """Multiplying by a number coprime to the modulus permutes the residues."""
    assert math.gcd(refs._STRIDE, SUFFIXES) == 1


@given(offset=OFFSETS, first=SEQUENCES, second=SEQUENCES)
def test_mint__distinct_sequences_never_collide(
    offset: int, first: int, second: int
) -> None:
    suffixes = {
        ObjectRef.mint(ArtifactKind.IMAGE, sequence=sequence, offset=offset).suffix
        for sequence in (first, second)
    }
    assert len(suffixes) == len({first, second})


@pytest.mark.parametrize("start", [0, SUFFIXES // 2, SUFFIXES - 20_000])
def test_mint__runs_are_distinct_and_scattered(start: int) -> None:
    run = [
        ObjectRef.mint(ArtifactKind.URL, sequence=sequence, offset=7).suffix
        for sequence in range(start, start + 20_000)
    ]
    assert len(set(run)) == len(run)
    assert all(first[:2] != second[:2] for first, second in pairwise(run))


def test_mint__offset_sets_namespaces_apart() -> None:
    first, second = (
        ObjectRef.mint(ArtifactKind.FILE, sequence=0, offset=offset)
        for offset in (1, 2)
    )
    assert first != second


@pytest.mark.parametrize("sequence", [-1, SUFFIXES, SUFFIXES + 1])
def test_mint__a_namespace_can_be_full(sequence: int) -> None:
    with pytest.raises(InvalidError, match=str(SUFFIXES)):
        ObjectRef.mint(ArtifactKind.IMAGE, sequence=sequence, offset=0)


def test_uuid7__version_and_variant() -> None:
    for made in (uuid7() for _ in range(200)):
        assert made.version == 7
        assert made.variant == uuid.RFC_4122


def test_uuid7__starts_with_the_milliseconds_of_its_making() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_uuid7__later_ones_sort_after_earlier_ones() -> None:
    first = uuid7()
    # Within one millisecond their order is random.
    second = next(
        made for made in iter(uuid7, first) if made.int >> 80 != first.int >> 80
    )
    assert first < second
    assert str(first) < str(second)


def test_uuid7__random_bits_all_vary() -> None:
    """Of the 128 bits 48 are the time, 4 the version and 2 the variant."""
    made = [uuid7().int for _ in range(400)]
    ones = zeros = 0
    for value in made:
        ones |= value
        zeros |= ~value
    varying = ones & zeros & (2**80 - 1)
    assert varying.bit_count() == 74
    assert len(set(made)) == len(made)
