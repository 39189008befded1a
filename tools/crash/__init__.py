"""Rounds of `kill -9`: proof from outside that nothing acknowledged is lost.

Only routes and commands of the README are used. `ledger` keeps what the service has
answered, `clients` make the load, `site` and `servers` run and kill the service and
what it needs, `audit` compares after each start, `leftovers` looks for bytes that no
row explains, `rounds` has the order of it all.
"""

from __future__ import annotations
