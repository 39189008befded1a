"""A PostgreSQL of one's own, which may be stopped, started anew and made to hang."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers.ports import free_port


class Cluster:
    """One server with its data in a folder; it serves on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        for above in (folder, *folder.parents):  # pytest's folders are one user's
            if above.stat().st_uid == os.getuid() and above != Path("/"):
                above.chmod(above.stat().st_mode | 0o711)
        self._data = folder / "pg"
        self._data.mkdir()
        if os.getuid() == 0:
            shutil.chown(self._data, "postgres")
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

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
        subprocess.run(
            [path, "-D", str(self._data), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=pwd.getpwnam("postgres").pw_uid if as_root else None,
            group=pwd.getpwnam("postgres").pw_gid if as_root else None,
        )
