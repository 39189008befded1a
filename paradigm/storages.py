"""From the URL of a place for bytes to an entry of Django's `STORAGES`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_Style = Literal["auto", "path", "virtual"]
FORMS = (
    "disk, file:///folder, memory, redis://host:6379/0, rediss://host:6379/0, "
    "s3://bucket/prefix, gs://bucket/prefix or azure://container/prefix"
)
"""What `storage` accepts, for an error message."""


def storage(url: str, *, data_dir: Path, folder: str) -> dict[str, object]:
    """Make the entry for `url`; "" and "disk" are the folder below `data_dir`.

    What follows a `?` are options of the backend, by its own names. Raises
    `ValueError`, without the URL in it: that may hold a password.
    """
    if url in ("", "disk"):
        return _disk(data_dir / folder)
    if url == "memory":
        return _entry("django.core.files.storage.InMemoryStorage")
    parts = urlsplit(url)
    if parts.scheme in ("redis", "rediss"):
        return _redis(parts, folder)
    make = _MAKERS.get(parts.scheme)
    if make is None:
        raise ValueError(f"A place for bytes is {FORMS}; this one begins otherwise.")
    return make(parts)


def _entry(backend: str, **options: object) -> dict[str, object]:
    return {"BACKEND": backend, "OPTIONS": options}


def _disk(location: Path) -> dict[str, object]:
    return _entry("django.core.files.storage.FileSystemStorage", location=str(location))


def _file(parts: SplitResult) -> dict[str, object]:
    if parts.netloc or parts.path in ("", "/"):
        raise ValueError("A folder has three slashes: file:///srv/artifacts.")
    return _disk(Path(unquote(parts.path)))


def _redis(parts: SplitResult, folder: str) -> dict[str, object]:
    number = parts.path.strip("/")
    if not _names_server(parts) or not (number.isdecimal() or number == ""):
        raise ValueError(
            f"Redis is named by host, port and number: {parts.scheme}://host:6379/0."
        )
    # One server may be both stores: a save deletes from one what it put in the other.
    return _entry(
        "artifacts.stores.redis.RedisStorage",
        url=parts.geturl(),
        prefix=f"artifacts:{folder}",
    )


def _names_server(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number; what it is may be of a password
        return False


def _s3(parts: SplitResult) -> dict[str, object]:
    # Needed by S3 alone, and slow to import.
    from botocore.config import Config

    own = {"addressing_style", "connect_timeout", "read_timeout"}
    known = {"endpoint_url", "public_endpoint_url", "region_name"}
    options = _options(parts, known | own)
    style = options.pop("addressing_style", "auto")
    connect = _seconds(options.pop("connect_timeout", "5"))
    read = _seconds(options.pop("read_timeout", "15"))
    if style not in get_args(_Style):
        raise ValueError("S3's addressing_style is auto, path or virtual.")
    return _entry(
        "artifacts.stores.s3.PublicS3Storage",
        **_bucket(parts, "bucket_name"),
        **_credentials(parts, "access_key", "secret_key"),
        **options,
        file_overwrite=False,
        default_acl=None,
        querystring_auth=True,
        client_config=Config(
            signature_version="s3v4",
            s3={"addressing_style": cast("_Style", style)},
            connect_timeout=connect,
            read_timeout=read,
            max_pool_connections=64,
            # Once more: a server of many may be away. Whatever is sent twice is
            # recognised (`S3Store`).
            retries={"mode": "standard", "total_max_attempts": 2},
            # By default boto3 sends checksums which some servers refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _gs(parts: SplitResult) -> dict[str, object]:
    return _entry(
        "storages.backends.gcloud.GoogleCloudStorage",
        **_bucket(parts, "bucket_name"),
        **_options(parts, {"project_id", "custom_endpoint"}),
        file_overwrite=False,
        default_acl=None,
        querystring_auth=True,
    )


def _azure(parts: SplitResult) -> dict[str, object]:
    credentials = _credentials(parts, "account_name", "account_key")
    connection = os.environ.get("AZURE_STORAGE_CONNECTION_STRING")
    if connection and not credentials:
        credentials["connection_string"] = connection
    return _entry(
        "storages.backends.azure_storage.AzureStorage",
        **_bucket(parts, "azure_container"),
        **_options(parts, {"account_name", "custom_domain", "endpoint_suffix"}),
        **credentials,
        overwrite_files=False,
    )


_MAKERS: dict[str, Callable[[SplitResult], dict[str, object]]] = {
    "file": _file,
    "s3": _s3,
    "gs": _gs,
    "azure": _azure,
}


def _bucket(parts: SplitResult, option: str) -> dict[str, str]:
    """Read the bucket from where a URL has its host, the prefix from its path."""
    bucket = parts.netloc.rpartition("@")[2]
    if not bucket or ":" in bucket:
        raise ValueError(
            f"This names no bucket: {parts.scheme}://bucket/prefix does; a server's "
            "address is an option, such as endpoint_url for S3."
        )
    return {option: bucket, "location": unquote(parts.path).strip("/")}


def _credentials(parts: SplitResult, user: str, password: str) -> dict[str, str]:
    """Take those of the URL; without any, the vendor's library looks where it always does."""
    if parts.username is None and parts.password is None:
        return {}
    if not parts.username or not parts.password:
        raise ValueError(
            f"Credentials have two parts: {parts.scheme}://{user}:{password}@bucket."
        )
    return {user: unquote(parts.username), password: unquote(parts.password)}


def _options(parts: SplitResult, known: set[str]) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(options.keys() - known)
    if unknown:
        raise ValueError(
            f"{parts.scheme}:// has no option {', '.join(unknown)}; "
            f"it has {', '.join(sorted(known))}."
        )
    return options


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"A time limit is a number of seconds, not {text!r}.")
    return seconds
