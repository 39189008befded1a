"""Count the database queries of one request, in a process of its own.

    python -m benchmarks.queries TOKEN PATH ...

prints one number a path, in the environment of the service that it asks.
"""

from __future__ import annotations

import os
import sys

import django


def main() -> None:
    """Print the numbers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paradigm.settings")
    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    token, *paths = sys.argv[1:]
    client = Client(headers={"authorization": f"Bearer {token}"})
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path, headers={"host": "127.0.0.1"})
            response.close()
        if response.status_code != 200:
            sys.exit(f"{path} was answered with {response.status_code}.")
        print(len(queries))


if __name__ == "__main__":
    main()
