"""A PostgreSQL of one's own, which may be stopped, started anew and made to hang."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.ports import free_port


class Cluster:
    """One server, which serves on loopback, with its data in a folder of its own.

    Not one of pytest's: those are for one user, and PostgreSQL never runs as root.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        self.port = free_port()
        self._data = self.folder / "pg"
        self._data.mkdir()
        if os.getuid() == 0:
            shutil.chown(self._data, "postgres")
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        self._control("stop")

    def restart(self) -> None:
        self._control("restart")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let none of its processes run: it takes connections and says nothing."""
        processes = self._processes()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def _processes(self) -> list[int]:
        main = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def _control(self, action: str) -> None:
        options = f"-p {self.port} -k {self._data} -c listen_addresses=127.0.0.1"
        log = str(self._data / "log")
        self._run("pg_ctl", "-w", "-m", "fast", "-l", log, "-o", options, action)

    def _run(self, program: str, *arguments: str) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
        path = str(found[-1]) if found else shutil.which(program)
        assert path, f"{program} is not installed."
        as_root = os.getuid() == 0  # whom PostgreSQL does not serve
        said = self.folder / f"{program}.out"  # a pipe would stay open in the server
        with said.open("w") as output:
            done = subprocess.run(
                [path, "-D", str(self._data), *arguments],
                stdout=output,
                stderr=output,
                cwd="/",
                user=pwd.getpwnam("postgres").pw_uid if as_root else None,
                group=pwd.getpwnam("postgres").pw_gid if as_root else None,
            )
        assert done.returncode == 0, said.read_text()
