"""Kill the service again and again, and compare what it kept with what it promised.

    python -m tools.crash [--stores disk|fleet] [--rounds 300] [--seed 1]

`fleet` is PostgreSQL, Redis and S3, started here (Debian: postgresql, redis-server,
radosgw, ceph-mon, ceph-osd); S3 is that of `ARTIFACTS_TEST_S3` where it is set. Ends
with 1 where anything acknowledged was lost, or anything else was wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools.crash import servers
from tools.crash.ledger import Ledger, Wrong
from tools.crash.rounds import Rounds
from tools.crash.site import Fleet, Site

LONGEST = {"disk": 2.0, "fleet": 4.0}
"""Seconds of load in a round at most."""


def main() -> int:
    arguments = _arguments()
    seed, number = arguments.seed, arguments.rounds
    ledger = Ledger()
    begun = time.monotonic()
    with _site(arguments.stores) as site:
        rounds = Rounds(site, ledger, seed, longest=LONGEST[arguments.stores])
        site.prepare()
        site.start()
        for round_number in range(1, number + 1):
            rounds.run(round_number)
            if round_number % arguments.verify_every == 0 or round_number == number:
                rounds.verify()
            _progress(ledger, round_number, time.monotonic() - begun)
        ledger.round = number + 1
        rounds.rebuild()
    _print_table(ledger)
    for violation in ledger.violations:
        print(violation)
    if ledger.violations:
        first = min(violation.round for violation in ledger.violations)
        print(
            f"Wrong since round {first}. To repeat it: python -m tools.crash "
            f"--stores {arguments.stores} --seed {seed} --rounds {min(first, number)} "
            f"--verify-every {arguments.verify_every}"
        )
    return 1 if ledger.violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", choices=LONGEST, default="disk")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verify-every", type=int, default=20, metavar="ROUNDS")
    return parser.parse_args()


@contextlib.contextmanager
def _site(stores: str) -> Iterator[Site]:
    """Make the service, and end everything that was started for it."""
    with contextlib.ExitStack() as ends:
        name = ends.enter_context(tempfile.TemporaryDirectory(prefix="crash-"))
        folder = Path(name)
        if stores == "disk":
            site = Site(folder)
        else:
            place = ends.enter_context(servers.s3(folder))
            site = Fleet(folder, place)
            ends.callback(site.postgresql.kill)
            ends.callback(site.redis.kill)
        ends.callback(site.kill)
        yield site


def _progress(ledger: Ledger, number: int, seconds: float) -> None:
    counts = ledger.counts
    for violation in ledger.violations:
        if violation.round == number:
            print(violation, file=sys.stderr)
    print(
        f"round {number}: {counts['puts']} puts, {counts['saves']} saves, "
        f"{counts['deletes']} deletes, {len(ledger.violations)} wrong, {seconds:.0f} s",
        file=sys.stderr,
        flush=True,
    )


def _print_table(ledger: Ledger) -> None:
    wrong = {kind: sum(it.kind is kind for it in ledger.violations) for kind in Wrong}
    for name, count in [*sorted(ledger.counts.items()), *wrong.items()]:
        print(f"{name:36} {count:8}")


if __name__ == "__main__":
    sys.exit(main())
