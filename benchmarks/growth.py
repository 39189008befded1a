"""Times that must not grow with the number of rows, as ratios.

    python -m benchmarks.growth [--rows 10000,1000000] [--calls 20] [--only WORD]

Each size has a database of its own: on the server that `DATABASE_URL` names, where it
is made and dropped, or else an SQLite file. Rows are made by SQL; nothing is served
over a network. The least time of some calls is what is compared.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg

AIM = 1.5
"""What touches one artifact or one page may take so many times as long."""
FEW_CALLS = 3
Times = dict[str, float]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="10000,1000000")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--only", default="", help="what has this in its name")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = [int(rows) for rows in given.rows.split(",")]
    if given.measure:
        print(json.dumps(_measure(sizes[0], given.calls, given.only)))
        return
    options = ["--calls", str(given.calls), "--only", given.only]
    _report(sizes, [_in_a_process(rows, options) for rows in sizes])


def _report(sizes: list[int], times: list[Times]) -> None:
    heads = [f"{rows:,}" for rows in sizes]
    print(f"{'least ms at … rows':40}", *(f"{head:>12}" for head in heads), "   ratio")
    for name, first in times[0].items():
        ratio = times[-1][name] / first
        columns = (f"{one[name]:12.2f}" for one in times)
        print(f"{name:40}", *columns, f"{ratio:8.2f}", "!" if ratio > AIM else "")


def _in_a_process(rows: int, options: list[str]) -> Times:
    """Measure with settings that name an empty database and empty stores."""
    with tempfile.TemporaryDirectory() as folder, _database(rows) as database:
        environment = {**os.environ, **database, "ARTIFACTS_DATA_DIR": folder}
        command = [sys.executable, "-m", "benchmarks.growth", "--measure"]
        done = subprocess.run(
            [*command, "--rows", str(rows), *options],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        )
    times: Times = json.loads(done.stdout)
    return times


@contextlib.contextmanager
def _database(rows: int) -> Iterator[dict[str, str]]:
    """Make a database beside the one that is named; drop it at the end."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith(("postgres", "psql")):
        yield {"DATABASE_URL": ""}
        return
    name = f"growth_{rows}_{secrets.token_hex(4)}"
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield {"DATABASE_URL": urlunsplit(urlsplit(given)._replace(path=name))}
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _measure(rows: int, calls: int, only: str) -> Times:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paradigm.settings")
    django.setup()
    logging.disable(logging.ERROR)
    from django.core.management import call_command

    from benchmarks.growth_cases import FEW, cases
    from benchmarks.growth_fill import fill

    call_command("migrate", verbosity=0)
    start = time.monotonic()
    filled = fill(rows)
    print(f"{rows:,} rows in {time.monotonic() - start:.0f} s", file=sys.stderr)
    times: Times = {}
    for name, call in cases(filled):
        if only in name:
            few = name.startswith(FEW)
            times[name.removeprefix(FEW)] = min(
                _milliseconds(call) for _ in range(FEW_CALLS if few else calls)
            )
    return times


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1_000


if __name__ == "__main__":
    main()
