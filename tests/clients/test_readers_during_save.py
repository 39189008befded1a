"""Reading while a session is saved: the bytes move, no reader may notice."""

from __future__ import annotations

from tests.clients.readers import EACH, ROUNDS, Service, read_during_saves
from tests.clients.server import Server


def test_save__readers_get_every_byte_all_the_while(server: Server) -> None:
    service = Service(server.url, {"Authorization": f"Bearer {server.token}"})
    session = read_during_saves(service)
    assert service.save(session) == 200
    listing = service.get(f"/v1/artifacts/list?session_id={session}").json()
    assert {item["source"] for item in listing["items"]} == {"manifest"}
    assert len(listing["items"]) == 2 * ROUNDS * EACH
