from __future__ import annotations

import pytest

from tests.durability.trace import Event, events


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("fsync(5</d/a>) = 0", Event("sync", "/d/a")),
        ("fdatasync(5</d/w>) = 0", Event("sync", "/d/w")),
        ('write(5</d/a>, "x", 1) = 1', Event("write", "/d/a")),
        ('link("/d/a", "/d/b") = 0', Event("name", "/d/a", "/d/b")),
        ('rename("/d/a", "/d/b") = 0', Event("name", "/d/a", "/d/b")),
        (
            'linkat(AT_FDCWD</w>, "a", 7</d>, "b", 0) = 0',
            Event("name", "/w/a", "/d/b"),
        ),
        (
            'linkat(5</d/#12>(deleted), "", AT_FDCWD</w>, "/d/b", AT_EMPTY_PATH) = 0',
            Event("name", "/d/#12", "/d/b"),
        ),
        (
            'renameat2(AT_FDCWD</w>, "/d/a", AT_FDCWD</w>, "/d/b", 0) = 0',
            Event("name", "/d/a", "/d/b"),
        ),
        ('mkdir("/d", 0777) = 0', Event("folder", "/d")),
        ('unlinkat(7</d>, "b", 0) = 0', Event("unlink", "/d/b")),
        (
            'openat(AT_FDCWD</w>, "/d/b", O_RDONLY|O_CLOEXEC) = 5</d/b>',
            Event("read", "/d/b"),
        ),
        (
            'sendto(9<socket:[1]>, "HTTP/1.1 201 Created"..., 9, 0, NULL, 0) = 9',
            Event("answer", "201"),
        ),
    ],
)
def test_events__of_each_call(line: str, event: Event) -> None:
    assert events(f"12 {line}") == [event]


def test_events__a_file_without_a_name_is_known_by_its_descriptor() -> None:
    text = """\
12 fsync(5</d/#12>(deleted)) = 0
12 linkat(AT_FDCWD</w>, "/proc/self/fd/5", AT_FDCWD</w>, "/d/b", AT_SYMLINK_FOLLOW) = 0
"""
    assert events(text) == [Event("sync", "/d/#12"), Event("name", "/d/#12", "/d/b")]


def test_events__a_sync_counts_from_its_end() -> None:
    text = """\
12 fsync(5</d/a> <unfinished ...>
13 unlink("/d/b") = 0
12 <... fsync resumed>) = 0
"""
    assert events(text) == [Event("unlink", "/d/b"), Event("sync", "/d/a")]


def test_events__what_failed_is_none() -> None:
    assert events('12 mkdir("/d", 0777) = -1 EEXIST (File exists)') == []
    assert events("12 +++ exited with 0 +++") == []
