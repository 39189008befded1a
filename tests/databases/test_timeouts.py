from __future__ import annotations

from artifacts.databases.postgresql.timeouts import connection_parameters, timeouts


def test_parameters__have_limits_by_default() -> None:
    found = connection_parameters({"dbname": "db", "sslmode": "require"})
    assert found["options"] == (
        "-c lock_timeout=30000 -c statement_timeout=60000"
        " -c idle_in_transaction_session_timeout=60000"
    )
    assert (found["connect_timeout"], found["tcp_user_timeout"]) == (5, 30_000)
    assert (found["dbname"], found["sslmode"]) == ("db", "require")


def test_parameters__those_of_the_url_win() -> None:
    given = {
        "connect_timeout": 2,
        "statement_timeout": "0.5",
        "lock_timeout": 0,
        "silence_timeout": 1,
        "pool_timeout": 1,
        "options": "-c search_path=own",
    }
    assert connection_parameters(given)["options"] == (
        "-c statement_timeout=500 -c idle_in_transaction_session_timeout=60000"
        " -c search_path=own"
    )
    assert connection_parameters(given)["connect_timeout"] == 2
    assert {"silence_timeout", "pool_timeout"}.isdisjoint(connection_parameters(given))


def test_parameters__poolers_are_sent_no_options() -> None:
    none = {
        "lock_timeout": 0,
        "statement_timeout": 0,
        "idle_in_transaction_session_timeout": 0,
    }
    assert "options" not in connection_parameters(none)


def test_timeouts__of_the_client_follow_the_server() -> None:
    assert timeouts({}).statement == 65
    assert timeouts({"statement_timeout": "120"}).statement == 125
    assert timeouts({"statement_timeout": 0}).statement is None
    assert timeouts({"silence_timeout": 0.5}).silence == 0.5
