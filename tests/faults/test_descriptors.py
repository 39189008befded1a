"""A server process that has no descriptor left, on SQLite and local disk."""

from __future__ import annotations

import threading
from pathlib import Path

import requests

from tests.faults.service import serve


def test_descriptors__none_left(tmp_path: Path) -> None:
    with serve(tmp_path / "service", descriptors=64, THREADS="32") as service:
        codes: list[int] = []
        wrong: list[str] = []

        def use() -> None:
            for number in range(4):
                try:
                    answer = service.put(b"x" * 1000 + bytes([number]))
                except requests.ConnectionError:
                    continue  # it was not even taken
                codes.append(answer.status_code)
                if answer.status_code >= 500 and "Retry-After" not in answer.headers:
                    wrong.append(answer.text)

        clients = [threading.Thread(target=use) for _ in range(100)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert wrong == []
        assert 503 in codes
        assert set(codes) <= {201, 503}
        service.wait_until_ready()
        assert service.put(b"after").status_code == 201
        assert service.lost() == []
        assert not [line for line in service.logged if "exited" in line]
