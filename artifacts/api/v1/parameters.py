"""What clients of v1 send, read into the core's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artifacts.api.v1.errors import MissingError
from artifacts.exceptions import InvalidError
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.uploads import StagedUpload


def text(values: Mapping[str, Any], field: str) -> str:
    """Give the string under `field`, "" where it is left out, null or empty."""
    value = values.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidError("This has to be a string.", field=field)
    return value


def one_of(values: Mapping[str, Any], first: str, second: str) -> tuple[str, str]:
    """Give the field of the two that was sent, and its value; exactly one may be."""
    given = [(name, text(values, name)) for name in (first, second)]
    given = [(name, value) for name, value in given if value]
    if not given:
        raise MissingError(f"Either {first} or {second} is required", field=first)
    if len(given) > 1:
        message = f"Only one of {first} and {second} is allowed, not both"
        raise InvalidError(message, field=second)
    return given[0]


def namespace_ref(values: Mapping[str, Any]) -> NamespaceRef:
    """Read which session or execution is meant."""
    field, value = one_of(values, "session_id", "execution_id")
    return NamespaceRef(NamespaceKind(field.removesuffix("_id")), value)


def body(data: Any) -> Mapping[str, Any]:
    """Give the fields of a form or of a JSON object."""
    if not isinstance(data, Mapping):
        raise InvalidError("The body has to be an object.")
    return data


def link(values: Mapping[str, Any]) -> str:
    """Give the `url` of a put, "" where there is none; a file beside it is too much."""
    url = text(values, "url")
    if url and values.get("file"):
        raise InvalidError("Send either a file or a url, not both.", field="url")
    return url


def upload(values: Mapping[str, Any]) -> StagedUpload:
    """Give the file of a multipart body."""
    value = values.get("file")
    if value is None:
        raise MissingError("Send a `file`, or JSON with a `url`", field="file")
    if not isinstance(value, StagedUpload):
        raise InvalidError(
            "This has to be a file: a part with a file name (curl: -F file=@name).",
            field="file",
        )
    return value
