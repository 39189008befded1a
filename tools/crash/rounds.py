"""A round: start, load, kill, start, compare; and what follows after all of them."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.crash.audit import Audit
from tools.crash.clients import LARGE, MIB, Client
from tools.crash.ledger import Ledger, Namespace, State, Wrong
from tools.crash.leftovers import leftovers
from tools.crash.servers import PostgreSQL, Redis
from tools.crash.site import GRACE, Fleet, Site

CLIENTS = 6
OTHERS = 10
"""Artifacts of earlier rounds that are read after each, too."""
_LONG_LIVED = 20
"""Rounds for which a session is put into."""
_COMMANDS = (
    ("save_idle_sessions", "--idle", "0"),
    ("verify_artifacts", "--repair"),
    ("render_thumbnails",),
)


class Rounds:
    """Rounds on one site; each depends on nothing but the seed and its number."""

    def __init__(
        self, site: Site, ledger: Ledger, seed: int, *, longest: float
    ) -> None:
        self.site = site
        self.ledger = ledger
        self.seed = seed
        self.longest = longest
        "Seconds of load at most."
        self._left: set[str] = set()

    def run(self, number: int) -> None:
        """Run one round; the server runs before and after it."""
        self.ledger.round = number
        rng = random.Random(f"{self.seed}/{number}")
        namespaces = _namespaces(number)
        large = rng.random() < 0.1
        if large:
            self._client(rng).put(rng.choice(namespaces), LARGE)
        beside = rng.choice(_COMMANDS) if rng.random() < 0.3 else ()
        with self._load(number, namespaces), contextlib.ExitStack() as commands:
            if beside:
                commands.enter_context(self.site.beside(*beside))
                time.sleep(1)  # it starts slowly
            time.sleep(rng.uniform(0.05, self.longest))
            self._kill_servers(rng)
            self.site.kill()
        self._start_again()
        audit = Audit(self.site, self.ledger)
        audit.settle(namespaces)
        touched = [it for it in self.ledger.records if it.touched == number]
        kept = self.ledger.kept()
        audit.read({*touched, *rng.sample(kept, min(OTHERS, len(kept)))})
        self._tidy(rng)

    def verify(self) -> None:
        """Repair, as an operator does; then nothing may be found by anybody."""
        time.sleep(2 * GRACE + 1)  # S3 knows whole seconds
        self.site.manage("verify_artifacts", "--deep", "--repair", check=False)
        second = self.site.manage("verify_artifacts", "--deep", check=False)
        if second.returncode:
            said = f"{second.stdout}{second.stderr}".strip()
            self.ledger.wrong(Wrong.FAULT, said[-2000:])
        self._settle_all()
        for name in sorted({*leftovers(self.site, self.ledger)} - self._left):
            self._left.add(name)  # it will be there the next time, too
            self.ledger.wrong(Wrong.LEFTOVER, name)

    def rebuild(self) -> None:
        """Throw the database away, and make a new one from the manifests."""
        self._settle_all()
        self.site.kill()
        if isinstance(self.site, Fleet):
            new = self.site.postgresql.new_database()
            self.site.settings["DATABASE_URL"] = new
        else:
            for path in self.site.data.glob("db.sqlite3*"):
                path.unlink()
        self.site.manage("migrate", "--verbosity", "0")
        done = self.site.manage("rebuild_from_manifests", check=False)
        if done.returncode:
            self.ledger.wrong(Wrong.FAULT, f"{done.stdout}{done.stderr}"[-2000:])
        self.site.prepare()  # tokens are in no manifest
        self.site.start()
        Audit(self.site, self.ledger).rebuilt(self.ledger.records)
        client = self._client(random.Random(f"{self.seed}/rebuilt"))
        for namespace in {it.namespace for it in self.ledger.records}:
            client.put(namespace, 100)  # an id that was used is one used twice

    @contextlib.contextmanager
    def _load(self, number: int, namespaces: Sequence[Namespace]) -> Iterator[None]:
        """Let the clients work until the block ends."""
        killed = threading.Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = []
            for client in range(CLIENTS):
                rng = random.Random(f"{self.seed}/{number}/{client}")
                work = self._client(rng).work
                working.append(pool.submit(work, namespaces, killed))
            try:
                yield
            finally:
                killed.set()
        for one in working:
            one.result()

    def _client(self, rng: random.Random) -> Client:
        return Client(self.site.url, self.site.token, self.ledger, rng)

    def _kill_servers(self, rng: random.Random) -> None:
        """Kill Redis and PostgreSQL in one of three rounds, a moment earlier."""
        if isinstance(self.site, Fleet) and rng.random() < 0.33:
            both: list[PostgreSQL | Redis] = [self.site.redis, self.site.postgresql]
            rng.shuffle(both)
            for server in both[: rng.randint(1, 2)]:
                server.kill()
                self.ledger.count(f"kills of {type(server).__name__}")
            time.sleep(rng.uniform(0, 0.3))

    def _start_again(self) -> None:
        if isinstance(self.site, Fleet):
            self.site.redis.start()
            self.site.postgresql.start()
        self.site.start()

    def _settle_all(self) -> None:
        namespaces = {it.namespace for it in self.ledger.records}
        Audit(self.site, self.ledger).settle(namespaces)

    def _tidy(self, rng: random.Random) -> None:
        """Delete what is large: three hundred rounds must find room."""
        client = self._client(rng)
        for record in self.ledger.kept():
            if record.size > 10 * MIB or (
                record.size > MIB and record.made < self.ledger.round - 5
            ):
                record.state = State.DELETING
                client.delete_record(record)


def _namespaces(number: int) -> list[Namespace]:
    """Give those of a round: most are its own, one has been put into before."""
    return [
        Namespace("session", f"long-{number // _LONG_LIVED}"),
        Namespace("session", f"a b/{number}"),
        Namespace("session", f"s-{number}"),
        Namespace("execution", f"e-{number}"),
    ]
