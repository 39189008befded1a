"""What rests in the stores without a reason, after `verify_artifacts --repair`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import redis
from botocore.config import Config

from tools.crash.ledger import Ledger
from tools.crash.site import Fleet, Site

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OBJECT = re.compile(r"artifacts/[0-9a-f]{2}/([0-9a-f]{32})")
_SET_ASIDE = re.compile(r"trash/\d{4}-\d\d-\d\d/.+|\.partial/lock")
"""What was set aside will be deleted when its day is over; a lock has no bytes."""
_OWN = re.compile(r"db\.sqlite3(-[a-z]+)?|secret_key")
"""Files of the data folder that are neither an object nor a manifest."""


def leftovers(site: Site, ledger: Ledger) -> Iterator[str]:
    """Give what is no object of an artifact, no manifest and no database.

    The service must be idle: what is being written is not told from what was left.
    """
    kept = ledger.kept()
    live = {it.id.replace("-", "") for it in kept if not it.saved}
    # A live one may have its saved copy already, which the next save finds.
    persisted = {it.id.replace("-", "") for it in kept}
    for name in _on_disk(site.data):
        tier, _, rest = name.partition("/")
        stored = {"live": live, "persisted": persisted}.get(tier)
        explained = _OWN.fullmatch(name) if stored is None else _is_right(rest, stored)
        if not explained:
            yield name
    if isinstance(site, Fleet):
        for name in _in_redis(site.redis.url(0)):
            if not _is_right(name, live):
                yield f"Redis: {name}"
        for name in _on_s3(site.settings["ARTIFACTS_PERSISTED_STORE"]):
            if not _is_right(name, persisted):
                yield f"S3: {name}"


def _is_right(name: str, stored: set[str]) -> bool:
    """Say whether a file or key of a store is one that has to be there."""
    found = _OBJECT.fullmatch(name)
    if found:
        return found[1] in stored
    # What describes a whole store lies at its top.
    folder, _, last = name.rpartition("/")
    describes = folder in ("", "manifests") and last.endswith(".json")
    return describes or bool(_SET_ASIDE.fullmatch(name))


def _on_disk(data: Path) -> Iterator[str]:
    for path in data.rglob("*"):
        if path.is_file():
            yield path.relative_to(data).as_posix()


def _in_redis(url: str) -> Iterator[str]:
    """Give the keys that stay: what expires is nobody's concern."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            if client.ttl(key) == -1:
                name = unquote(key.decode())
                inside = re.search(r"\{(.*)\}$", name)
                yield inside[1] if inside else name


def _on_s3(url: str) -> Iterator[str]:
    """Give the objects below the place that a URL names, and unfinished uploads."""
    parts = urlsplit(url)
    client: S3Client = boto3.client(
        "s3",
        endpoint_url=parse_qs(parts.query)["endpoint_url"][0],
        region_name="us-east-1",
        aws_access_key_id=parts.username,
        aws_secret_access_key=parts.password,
        config=Config(s3={"addressing_style": "path"}),
    )
    bucket, prefix = parts.netloc.rpartition("@")[2], parts.path.strip("/") + "/"
    pages = client.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            yield found["Key"].removeprefix(prefix)
    uploads = client.get_paginator("list_multipart_uploads")
    for part in uploads.paginate(Bucket=bucket, Prefix=prefix):
        for upload in part.get("Uploads", ()):
            yield f"upload {upload['UploadId']} of {upload['Key']}"
