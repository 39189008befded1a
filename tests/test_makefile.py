"""The install lines, on a package index of our own that has newer releases."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOL = "Requires-Dist: locked-library[fast]>=1\n"
LIBRARY = (
    "Provides-Extra: fast\n"
    "Requires-Dist: locked-speedups>=1; extra == 'fast'\n"
)  # fmt: skip


class Quiet(SimpleHTTPRequestHandler):
    """A folder of files, without a line for each request."""

    def log_message(self, format: str, *args: object) -> None: ...


class Index:
    """A package index (PEP 503) in a folder, and the locks that name its releases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""

    def release(self, name: str, version: str, metadata: str = "") -> str:
        """Offer a release; give its line of a lock."""
        wheel = _wheel(name, version, metadata)
        place = self.folder / "simple" / name.replace("_", "-")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel)
        links = "".join(
            f'<a href="{path.name}">{path.name}</a>\n' for path in place.glob("*.whl")
        )
        (place / "index.html").write_text(f"<!DOCTYPE html><html>{links}</html>")
        digest = hashlib.sha256(wheel).hexdigest()
        return f"{place.name}=={version} --hash=sha256:{digest}\n"


def _wheel(name: str, version: str, metadata: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = f"{name}-{version}.dist-info"
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        archive.writestr(f"{info}/METADATA", head + metadata)
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", tag)
        names = ("METADATA", "WHEEL", "RECORD")
        record = "".join(f"{info}/{each},,\n" for each in names)
        archive.writestr(f"{info}/RECORD", record)
    return buffer.getvalue()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index(tmp_path / "index")
    handler = functools.partial(Quiet, directory=str(index.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        index.url = f"http://127.0.0.1:{server.server_port}/simple"
        yield index
        server.shutdown()
        thread.join()


def run(command: list[str], folder: Path, index: Index) -> tuple[int, str]:
    """Run a command in `folder`, with an empty home and this index alone."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {
        "PATH": f"{folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index.url,
        "PIP_NO_CACHE_DIR": "1",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def make(target: str, folder: Path, index: Index) -> tuple[int, str]:
    makefile = f"--makefile={ROOT / 'Makefile'}"
    return run(["make", makefile, f"PYTHON={sys.executable}", target], folder, index)


def installed(folder: Path, index: Index) -> set[str]:
    _, said = run([".venv/bin/python", "-m", "pip", "freeze"], folder, index)
    lines = said.replace("_", "-").splitlines()  # which of both, depends on pip
    return {line for line in lines if line.startswith("locked")}


def whole_lock(index: Index) -> str:
    """Offer a set of packages; give its lock."""
    return "".join(
        [
            index.release("locked_tool", "1.0", TOOL),
            index.release("locked_library", "1.0", LIBRARY),
            index.release("locked_speedups", "1.0"),
        ]
    )


def release_newer_ones(index: Index) -> None:
    index.release("locked_tool", "2.0", TOOL)
    index.release("locked_library", "1.1", LIBRARY)
    index.release("locked_speedups", "1.1")


LOCKED = {"locked-tool==1.0", "locked-library==1.0", "locked-speedups==1.0"}


@pytest.mark.parametrize(
    ("target", "lock"),
    [(".venv/.serve", "requirements.lock"), (".venv/.dev", "requirements-dev.lock")],
)
def test_install__what_is_locked_whatever_was_released_since(
    target: str, lock: str, tmp_path: Path, index: Index
) -> None:
    """An extra that a package asks for made pip look for it anew, and give up."""
    (tmp_path / lock).write_text(whole_lock(index))
    (tmp_path / "requirements.lock").touch()
    release_newer_ones(index)

    code, said = make(target, tmp_path, index)

    assert code == 0, said
    assert installed(tmp_path, index) == LOCKED
    assert " locked-tool locked-library locked-speedups\n" in said
    assert make(target, tmp_path, index)[1].endswith("is up to date.\n")


def test_install__lock_that_is_not_whole(tmp_path: Path, index: Index) -> None:
    """It is named by what looks at the packages after pip has resolved nothing."""
    tool, _, speedups = whole_lock(index).splitlines(keepends=True)
    (tmp_path / "requirements.lock").write_text(tool + speedups)

    code, said = make(".venv/.serve", tmp_path, index)

    assert code != 0
    said = said.replace("_", "-")
    assert "requires locked-library, which is not installed" in said
    assert not (tmp_path / ".venv/.serve").exists()


def test_install__other_bytes_than_are_locked(tmp_path: Path, index: Index) -> None:
    lock = whole_lock(index)
    index.release("locked_tool", "1.0", f"{TOOL}Summary: replaced\n")
    (tmp_path / "requirements.lock").write_text(lock)

    code, said = make(".venv/.serve", tmp_path, index)

    assert code != 0
    assert "DO NOT MATCH THE HASHES" in said
    assert not (tmp_path / ".venv/.serve").exists()


def test_install__interpreter_that_is_gone(tmp_path: Path, index: Index) -> None:
    """As after an upgrade of the system: the environment is made anew."""
    (tmp_path / "requirements.lock").write_text(whole_lock(index))
    assert make(".venv/.serve", tmp_path, index)[0] == 0
    for link in (tmp_path / ".venv/bin").glob("python*"):
        link.unlink()
    (tmp_path / ".venv/bin/python").symlink_to(tmp_path / "gone")

    code, said = make(".venv/.serve", tmp_path, index)

    assert code == 0, said
    assert installed(tmp_path, index) == LOCKED


def test_install__in_the_container(tmp_path: Path, index: Index) -> None:
    lines = (ROOT / "deploy/Containerfile").read_text().splitlines()
    (line,) = [line[4:] for line in lines if line.startswith("RUN pip install")]
    lock = whole_lock(index)
    release_newer_ones(index)
    run([sys.executable, "-m", "venv", ".venv"], tmp_path, index)
    (tmp_path / "requirements.lock").write_text(lock.partition("\n")[0])
    assert run(["sh", "-c", line], tmp_path, index)[0] != 0

    (tmp_path / "requirements.lock").write_text(lock)
    code, said = run(["sh", "-c", line], tmp_path, index)

    assert code == 0, said
    assert installed(tmp_path, index) == LOCKED
