"""What strace printed, as events in the order of their effect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CALLS = (
    "openat,mkdir,mkdirat,fsync,fdatasync,link,linkat,rename,renameat,renameat2,"
    "unlink,unlinkat,write,writev,pwrite64,pwritev,sendfile,copy_file_range,"
    "sendto,sendmsg"
)
"""What strace has to trace."""
_SYNCS = ("fsync", "fdatasync")
_WRITES = ("write", "writev", "pwrite64", "pwritev", "sendfile")
_SENDS = ("sendto", "sendmsg", "write", "writev")
_NAMES = ("link", "linkat", "rename", "renameat", "renameat2")
_LINE = re.compile(r"(\d+) +(.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (\d+)")
_DESCRIPTOR = re.compile(r"(\d+|AT_FDCWD)<([^>]*)>")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_STATUS = re.compile(r"HTTP/1\.1 (\d{3})")


@dataclass(frozen=True, slots=True)
class Event:
    """One call that succeeded: `sync`, `write`, `name`, `folder`, `unlink`, `read`, `answer`."""

    kind: str
    path: str
    "Of the file; of a `name`, of the file that gets it; of an `answer`, its status."
    target: str = ""
    "The name that is given."


def events(text: str) -> list[Event]:
    """Read a trace made with `-f -y`.

    What makes durable counts from its end, everything else from its beginning.
    """
    found: list[tuple[int, Event]] = []
    descriptors: dict[str, str] = {}
    for begin, end, call in _calls(text.splitlines()):
        match = _CALL.match(call)
        if match is None:  # it failed, or is no call
            continue
        name, arguments, _ = match.groups()
        descriptors.update(_DESCRIPTOR.findall(call))
        found += (
            (end if event.kind == "sync" else begin, event)
            for event in _of_call(name, arguments, descriptors)
        )
    return [event for _, event in sorted(found, key=lambda it: it[0])]


def _calls(lines: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Give each call with the numbers of the lines in which it begins and ends."""
    begun: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        match = _LINE.match(line)
        if match is None:
            continue
        thread, call = match.groups()
        if call.endswith("<unfinished ...>"):
            begun[thread] = (number, call.removesuffix("<unfinished ...>").rstrip())
        elif resumed := _RESUMED.match(call):
            begin, beginning = begun.pop(thread, (number, ""))
            yield begin, number, beginning + resumed[1]
        else:
            yield number, number, call


def _of_call(name: str, arguments: str, descriptors: dict[str, str]) -> Iterator[Event]:
    path = found[2] if (found := _DESCRIPTOR.match(arguments)) else ""
    texts = _TEXT.findall(arguments)
    if name in _SYNCS:
        yield Event("sync", path)
    elif name == "copy_file_range":
        yield Event("write", _DESCRIPTOR.findall(arguments)[1][1])
    elif name in _SENDS and path.startswith("socket:"):
        for status in _STATUS.findall(arguments):
            yield Event("answer", status)
    elif name in _WRITES:
        yield Event("write", path)
    elif name in _NAMES:
        source, target = _names(arguments, descriptors)
        yield Event("name", source, target)
    elif name.startswith("mkdir"):
        yield Event("folder", _absolute(path, texts[0]))
    elif name.startswith("unlink"):
        yield Event("unlink", _absolute(path, texts[0]))
    elif (
        name == "openat" and "O_RDONLY" in arguments and "O_DIRECTORY" not in arguments
    ):
        yield Event("read", _absolute(path, texts[0]))


def _names(arguments: str, descriptors: dict[str, str]) -> tuple[str, str]:
    """Give both names; a file that has none yet is named by its descriptor."""
    folders = [path for _, path in _DESCRIPTOR.findall(arguments)]
    source, target = _TEXT.findall(arguments)[:2]
    if source.startswith("/proc/self/fd/"):
        source = descriptors[source.rpartition("/")[2]]
    else:
        source = _absolute(folders[0] if folders else "", source)
    return source, _absolute(folders[-1] if folders else "", target)


def _absolute(folder: str, path: str) -> str:
    if not path:  # AT_EMPTY_PATH: the descriptor itself
        return folder
    return path if path.startswith("/") else f"{folder}/{path}"
