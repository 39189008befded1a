from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
import errno, json, os, resource, socket, sys
sys.path.insert(0, {root!r})
from artifacts.thumbnails import sandbox
sandbox.enter(memory_bytes=512 * 2**20)
sandbox.allow_cpu(3)

def outcome(action):
    try:
        return repr(action())[:40]
    except (OSError, MemoryError) as error:
        return type(error).__name__

def imported():
    import numpy, pypdfium2
    return numpy.ones(2).sum() == 2

print(json.dumps({{
    "limits": [resource.getrlimit(name)[0] for name in (
        resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE,
        resource.RLIMIT_NOFILE)],
    "cpu": resource.getrlimit(resource.RLIMIT_CPU)[0],
    "own": outcome(lambda: open({own!r}).read(0)),
    "import": outcome(imported),
    "checkout": outcome(lambda: open({secret!r}).read()),
    "passwd": outcome(lambda: open("/etc/passwd").read()),
    "list": outcome(lambda: os.listdir({root!r})),
    "write": outcome(lambda: open({new!r}, "w")),
    "remove": outcome(lambda: os.unlink({secret!r})),
    "socket": outcome(lambda: socket.socket(socket.AF_UNIX)),
    "program": outcome(lambda: os.execv(sys.executable, ["python", "-c", ""])),
    "memory": outcome(lambda: bytearray(2**30)),
}}), file=sys.__stdout__)
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Try what is forbidden, from inside; every answer is a name or a value."""
    folder = tmp_path_factory.mktemp("probe")
    secret = folder / "secret"
    secret.write_text("secret")
    code = PROBE.format(
        root=str(ROOT),
        own=str(ROOT / "artifacts" / "refs.py"),
        secret=str(secret),
        new=str(folder / "new"),
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=120
    )
    assert secret.read_text() == "secret"
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_enter__limits(probe: dict[str, object]) -> None:
    assert probe["limits"] == [512 * 2**20, 0, 0, 32]
    assert probe["memory"] == "MemoryError"


def test_allow_cpu__from_now_on(probe: dict[str, object]) -> None:
    assert probe["cpu"] in range(3, 10)


def test_enter__imports_still_work(probe: dict[str, object]) -> None:
    assert probe["own"] == "''"
    assert probe["import"] == "np.True_"


@pytest.mark.parametrize("name", ["checkout", "passwd", "list", "write", "remove"])
def test_enter__no_files(probe: dict[str, object], name: str) -> None:
    assert probe[name] == "PermissionError"


@pytest.mark.parametrize("name", ["socket", "program"])
def test_enter__no_sockets_and_programs(probe: dict[str, object], name: str) -> None:
    assert probe[name] == "PermissionError"
