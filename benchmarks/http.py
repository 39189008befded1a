"""Requests a second of the service, beside a plain Django view and beside nginx.

    python -m benchmarks.http [--seconds N] [--rounds N]

Needs wrk and nginx. Every server has the same number of processes. Each round asks the
service, a Django view that returns the same bytes from memory (`benchmarks.constant`,
under the same gunicorn configuration) and nginx, which has them as a file; in turn, so
that other load meets all of them. A figure is the median of the rounds, a ratio the
median of the rounds' ratios. To a put the view parses the same form and drops it.

Small bodies are asked for by `wrk` on 16 connections; those of 10 MB and more are read
on 4, in blocks of 1 MiB. Memory is the sum of the peaks of all processes of the
service, those that draw thumbnails included, and counts shared pages for each of them.

Where `DATABASE_URL` is set, all is done a second time with that database: one for this
alone, since the artifacts remain in it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.fixture import Service, service
from benchmarks.load import Ask
from benchmarks.servers import ROOT, Server, gunicorn, inherited, nginx, tool

METADATA = "v3.json"
"""The file that holds what v3 answers."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the servers, and how it is asked for the same."""

    server: Server
    ask: Ask


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    measure: Callable[..., float]
    ours: Side
    constant: Side | None = None
    nginx: Side | None = None

    def sides(self) -> list[Side]:
        return [side for side in (self.ours, self.constant, self.nginx) if side]


def rows(running: Service, constant: Server, static: Server) -> Iterator[Row]:
    """Give what is measured."""

    def row(name: str, ask: Ask, file: str) -> Row:
        large = file in ("10 MB", "1 GB")
        # Nobody would keep a gigabyte in each process.
        plain = None if file == "1 GB" else Side(constant, _named(file))
        return Row(
            name,
            load.read if large else load.wrk,
            Side(running.server, ask),
            plain,
            Side(static, _named(file)),
        )

    yield row("v3 metadata", running.v3, METADATA)
    for size, ask in running.v1.items():
        yield row(f"v1 bytes, {size}", ask, size)
    for kind, ask in running.puts.items():
        posted = Ask(f"/{METADATA}", ask.headers, ask.body)
        yield Row(
            f"put of 10 kB, {kind}",
            load.wrk,
            Side(running.server, ask),
            Side(constant, posted),
        )


def _named(file: str) -> Ask:
    return Ask("/" + file.replace(" ", ""))


def measure(row: Row, *, seconds: float, rounds: int) -> str:
    """Return one line of the table, each side warmed before the first round."""
    sides = row.sides()
    for side in sides:
        row.measure(side.server, side.ask, seconds=1)
    row.ours.server.reset_peak()
    figures = [
        [row.measure(side.server, side.ask, seconds=seconds) for side in sides]
        for _ in range(rounds)
    ]
    columns = dict(zip(map(id, sides), zip(*figures, strict=True), strict=True))
    mine = columns[id(row.ours)]
    line = f"{row.name:26} {statistics.median(mine):9.1f}"
    for other in (row.constant, row.nginx):
        line += _beside(mine, columns[id(other)]) if other else f" {'':9} {'':6}"
    return f"{line} {row.ours.server.peak_bytes() / 1e6:9.0f}"


def _beside(mine: tuple[float, ...], its: tuple[float, ...]) -> str:
    ratio = statistics.median(a / b for a, b in zip(mine, its, strict=True))
    return f" {statistics.median(its):9.1f} {ratio:6.2f}"


@contextlib.contextmanager
def others(folder: Path, running: Service) -> Iterator[tuple[Server, Server]]:
    """Start the constant view and nginx, with what the service answers as files."""
    files = folder / "files"
    files.mkdir()
    for size, path in running.stored.items():
        (files / size.replace(" ", "")).symlink_to(path)
    (files / METADATA).write_bytes(_body(running.server, running.v3))
    environment = inherited() | {"CONSTANT_DIR": str(files)}
    with (
        gunicorn(environment, "benchmarks/constant_gunicorn.py") as constant,
        nginx(folder, files) as static,
    ):
        yield constant, static


def _body(server: Server, ask: Ask) -> bytes:
    request = urllib.request.Request(server.url + ask.path, headers=ask.headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        body: bytes = answer.read()
        return body


def queries(running: Service) -> list[str]:
    """Return how many database queries v3 and v1 make."""
    paths = [running.v3.path, running.v1["10 kB"].path]
    command = [sys.executable, "-m", "benchmarks.queries", running.token, *paths]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=running.environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.split()


def table(
    name: str, environment: dict[str, str], *, seconds: float, rounds: int
) -> None:
    """Print the table for one database."""
    print(
        f"{name:26} {'ours':>9} {'constant':>9} {'ratio':>6} {'nginx':>9} "
        f"{'ratio':>6} {'peak MB':>9}"
    )
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(service(folder, environment))
        constant, static = stack.enter_context(others(folder, running))
        for row in rows(running, constant, static):
            print(measure(row, seconds=seconds, rounds=rounds), flush=True)
        v3, v1 = queries(running)
        print(f"Database queries of one request: v3 {v3}, v1 {v1}.\n")


def main() -> None:
    """Print a table for each database."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=2, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for name in ("wrk", "nginx"):
        tool(name)
    print("Answers a second; 'peak MB' is ours.\n")
    databases = {"SQLite": inherited()}
    if url := os.environ.get("DATABASE_URL"):
        databases["PostgreSQL"] = inherited() | {"DATABASE_URL": url}
    for name, environment in databases.items():
        table(name, environment, seconds=options.seconds, rounds=options.rounds)


if __name__ == "__main__":
    main()
