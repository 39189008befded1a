"""The README names every setting, command and route that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from django.core.management import get_commands

from artifacts.conf import Conf

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (ROOT / "paradigm" / "settings.py").read_text("utf-8")


def test_readme__has_every_setting() -> None:
    named = set(re.findall(r"`((?:ARTIFACTS|DATABASE|CACHE)_[A-Z_]+)`", README))
    read = set(re.findall(r'"((?:ARTIFACTS|DATABASE|CACHE)_[A-Z_]+)"', SETTINGS))
    of_the_app = {name for name in vars(Conf) if name.isupper()}
    assert named - {"ARTIFACTS_TEST_CORPUS"} == read
    assert of_the_app <= read


def test_readme__has_every_command() -> None:
    ours = {name for name, app in get_commands().items() if app == "artifacts"}
    named = set(re.findall(r"manage\.py (\w+)", README))
    # What make calls for you.
    assert ours - {"make_demo", "check_spec"} <= named
    assert named <= ours | {"check", "migrate", "spectacular"}


def test_readme__has_every_route() -> None:
    whole = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    for path in whole["paths"]:
        told = path.replace("/thumbnail", "/content")  # as "…/thumbnail", beside it
        assert told in README, path
    assert "…/thumbnail" in README
