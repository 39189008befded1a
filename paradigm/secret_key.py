"""The signing key of an installation that was given none."""

from __future__ import annotations

import secrets
from pathlib import Path


def kept_secret_key(path: Path) -> str:
    """Read the key at `path`; on the first start make one there, for its owner only.

    Several processes may start at once: all end with the same key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # another process was faster
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii")
