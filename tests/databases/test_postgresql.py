"""PostgreSQL that hangs, restarts or refuses, through the backend that settings name."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import environ
import pytest
from django.db import OperationalError, connection as configured

from artifacts.databases.postgresql import connection as connections
from artifacts.databases.postgresql.base import DatabaseWrapper
from tests.servers.postgresql import Cluster

pytestmark = [
    pytest.mark.needs("postgresql"),
    pytest.mark.django_db,
]
LIMITS = "connect_timeout=2&silence_timeout=0.3&pool_timeout=0.5"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def connect(cluster: Cluster) -> Iterator[Callable[..., DatabaseWrapper]]:
    """Make a connection as Django makes each thread's; those of a test share a pool."""
    made: list[DatabaseWrapper] = []

    def connect(query: str = LIMITS, *, size: int = 4) -> DatabaseWrapper:
        found = environ.Env().db_url_config(f"{cluster.url}?{query}")
        settings: dict[str, Any] = {**configured.settings_dict, **found}
        settings["OPTIONS"] = {**found["OPTIONS"], "pool": {"size": size}}
        wrapper = DatabaseWrapper(settings, alias="faults")
        made.append(wrapper)
        return wrapper

    yield connect
    for wrapper in made:
        wrapper.close()
        wrapper.close_pool()


def ask(wrapper: DatabaseWrapper, query: str = "SELECT 1") -> Any:
    with wrapper.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_limits__are_the_servers(connect: Callable[..., DatabaseWrapper]) -> None:
    wrapper = connect("statement_timeout=0.2")
    assert ask(wrapper, "SHOW lock_timeout") == "30s"
    assert ask(wrapper, "SHOW idle_in_transaction_session_timeout") == "1min"
    with pytest.raises(OperationalError, match="statement timeout"):
        ask(wrapper, "SELECT pg_sleep(60)")


def test_restart__fails_no_query(
    connect: Callable[..., DatabaseWrapper], cluster: Cluster
) -> None:
    wrappers = [connect() for _ in range(4)]
    assert [ask(wrapper) for wrapper in wrappers] == [1] * 4
    for wrapper in wrappers:
        wrapper.close()
    cluster.restart()
    for _ in range(3):
        assert [ask(wrapper) for wrapper in wrappers] == [1] * 4
        for wrapper in wrappers:
            wrapper.close()


def test_stopped__is_said_at_once_and_why(
    connect: Callable[..., DatabaseWrapper], cluster: Cluster
) -> None:
    wrapper = connect()
    assert ask(wrapper) == 1
    wrapper.close()
    cluster.stop()
    try:
        for _ in range(8):  # none of these holds a place in the pool
            with pytest.raises(OperationalError, match="refused"):
                ask(wrapper)
    finally:
        cluster.start()
    assert ask(wrapper) == 1


def test_cut_in_use__is_not_used_again(
    connect: Callable[..., DatabaseWrapper],
) -> None:
    wrapper, other = connect(), connect()
    process = ask(wrapper, "SELECT pg_backend_pid()")
    ask(other, f"SELECT pg_terminate_backend({process}, 5000)")
    with pytest.raises(OperationalError):
        ask(wrapper)
    wrapper.close()
    assert ask(wrapper) == 1


def test_slow_statement__is_waited_for(
    connect: Callable[..., DatabaseWrapper],
) -> None:
    assert ask(connect(), "SELECT pg_sleep(1)::text || 'done'") == "done"


def test_silence__of_a_statement_without_end(
    connect: Callable[..., DatabaseWrapper],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server lives, but its own limit does not end what it should."""
    monkeypatch.setattr("artifacts.databases.postgresql.timeouts._MARGIN", 0)
    options = f"{LIMITS}&statement_timeout=1&options=-c%20statement_timeout%3D0"
    wrapper = connect(options)
    with pytest.raises(OperationalError, match="does not answer"):
        ask(wrapper, "SELECT pg_sleep(60)")
    wrapper.close()
    assert ask(wrapper) == 1


def test_hung__is_asked_by_one_and_refused_to_the_others(
    connect: Callable[..., DatabaseWrapper],
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []
    plain = connections.Connection.connect

    def counting(*args: Any, **kwargs: Any) -> Any:
        tried.append(1)
        return plain(*args, **kwargs)

    wrappers = [connect() for _ in range(4)]
    assert [ask(wrapper) for wrapper in wrappers] == [1] * 4
    monkeypatch.setattr(connections.Connection, "connect", counting)
    errors: list[str] = []

    def fail(wrapper: DatabaseWrapper) -> None:
        try:
            ask(wrapper)
        except OperationalError as error:
            errors.append(str(error))
        wrapper.close()

    for wrapper in wrappers:
        wrapper.inc_thread_sharing()
    with cluster.frozen():
        threads = [threading.Thread(target=fail, args=(it,)) for it in wrappers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for wrapper in wrappers * 5:
            fail(wrapper)
        assert len(errors) == 24
        assert set(errors) == {connections.SILENT}
        assert len(tried) < 5  # and not each of 24
    monkeypatch.setattr(connections, "PAUSE", 0)
    pool = wrappers[0].pool
    assert pool is not None
    pool._server._breaker._next_try = 0  # its pause is over
    assert ask(wrappers[0]) == 1


def test_pool__all_in_use(connect: Callable[..., DatabaseWrapper]) -> None:
    first, second = connect(size=1), connect(size=1)
    assert ask(first) == 1
    with pytest.raises(OperationalError, match="became free"):
        ask(second)
    first.close()
    assert ask(second) == 1


def test_pool__transaction_that_was_left_open(
    connect: Callable[..., DatabaseWrapper],
) -> None:
    wrapper = connect(size=1)
    wrapper.set_autocommit(False)
    before = ask(wrapper, "SELECT pg_backend_pid()")
    wrapper.close()
    assert ask(wrapper, "SELECT pg_backend_pid()") != before


def test_pool__closes_what_is_old_or_not_needed(
    connect: Callable[..., DatabaseWrapper], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "artifacts.databases.postgresql.connection_pool"
    wrapper = connect()
    for name in ("MAX_AGE", "MAX_IDLE"):
        with monkeypatch.context() as patched:
            before = ask(wrapper, "SELECT pg_backend_pid()")
            patched.setattr(f"{module}.{name}", -1)
            wrapper.close()
        assert ask(wrapper, "SELECT pg_backend_pid()") != before


def test_pool__of_a_forked_process_is_its_own(
    connect: Callable[..., DatabaseWrapper],
) -> None:
    wrapper = connect()
    assert ask(wrapper) == 1
    pool = wrapper.pool
    assert pool is not None
    assert wrapper.pool is pool
    pool._process = os.getppid()
    assert wrapper.pool is not pool
    pool.close()


def test_migration__takes_its_time(connect: Callable[..., DatabaseWrapper]) -> None:
    wrapper = connect(f"{LIMITS}&statement_timeout=0.3")
    with wrapper.schema_editor(atomic=False) as editor:
        editor.execute("SELECT pg_sleep(1)")
    assert ask(wrapper, "SHOW statement_timeout") == "300ms"
    with pytest.raises(OperationalError):
        ask(wrapper, "SELECT pg_sleep(60)")


def test_migration__that_is_only_printed(
    connect: Callable[..., DatabaseWrapper],
) -> None:
    with connect().schema_editor(collect_sql=True, atomic=False) as editor:
        editor.execute("CREATE TABLE t (a int)")
    assert editor.collected_sql == ["CREATE TABLE t (a int);"]
