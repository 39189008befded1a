"""The published contracts, and the documents that the code generates, are equal."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from openapi_spec_validator import validate

from artifacts.management.commands.check_spec import FILES, generate

ROOT = Path(__file__).parents[2]
# Of the documents as their vendors published them, each normalised by `digest`.
PUBLISHED = {
    "openapi-v3.yaml": "37b0f6734549e40e5e90ca6ce8b5070025c11f471bfd1a5ac7424161198794e8",
    "openapi-v1.yaml": "64d7ad1ce49b7aae7c45b59cb85a15173528b0dc57f84076f7c0389b956e9ff4",
}


def normalised(document: dict[str, Any]) -> dict[str, Any]:
    """Spell alike what OpenAPI holds equal: parameters' order, an absent `required`."""
    for path in document["paths"].values():
        for operation in path.values():
            parameters = operation.get("parameters", [])
            parameters.sort(key=lambda parameter: parameter["name"])
            for parameter in parameters:
                if parameter.get("required") is False:
                    del parameter["required"]
    return document


def digest(document: dict[str, Any]) -> str:
    canonical = json.dumps(normalised(document), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def kept(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return document


@pytest.mark.parametrize("name", PUBLISHED)
def test_contract__file_is_the_vendors(name: str) -> None:
    assert digest(kept(name)) == PUBLISHED[name]


@pytest.mark.parametrize("name", FILES)
def test_contract__code_generates_the_file(name: str) -> None:
    generated = yaml.safe_load(generate(FILES[name]))
    assert normalised(generated) == normalised(kept(name))


def test_whole__is_valid_and_served(client: Client, db: None) -> None:
    validate(kept("openapi.yaml"))
    served = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert yaml.safe_load(served.content)["paths"] == kept("openapi.yaml")["paths"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_whole__has_all_of_each_contract(name: str) -> None:
    whole = kept("openapi.yaml")
    for path, operations in kept(name)["paths"].items():
        for method, operation in operations.items():
            served = whole["paths"][path][method]
            assert served["operationId"] == operation["operationId"]
            names = {parameter["name"] for parameter in served["parameters"]}
            assert {p["name"] for p in operation["parameters"]} <= names


def test_docs__need_no_other_host(client: Client, db: None) -> None:
    page = client.get("/api/docs/").text
    assert "swagger-ui" in page
    assert "//cdn" not in page
    assert "https://" not in page
