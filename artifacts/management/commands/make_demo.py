"""`manage.py make_demo`: a user with one real artifact of every kind, to try it on."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from django.template.loader import render_to_string

from artifacts import selectors, services, stores
from artifacts.conf import conf
from artifacts.management.accounts import user_named
from artifacts.management.samples import Sample, samples
from artifacts.models import AccessToken, FileArtifact
from artifacts.models.access_token import Scope
from artifacts.refs import NamespaceKind, NamespaceRef

USERNAME = "demo"
OPERATOR = "operator"
SAVED = (
    NamespaceRef(NamespaceKind.SESSION, "demo-session"),
    NamespaceRef(NamespaceKind.EXECUTION, "demo-execution"),
)
LIVE = NamespaceRef(NamespaceKind.SESSION, "demo-live")


class Command(BaseCommand):
    help = "Make the demo user and its artifacts; does nothing where they are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url",
            default="http://127.0.0.1:8000",
            help="where the service will answer (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        url = options["url"].rstrip("/")
        users = get_user_model().objects
        if users.filter(username=OPERATOR).exists():
            self._say("again", url=url)
            return
        self.stderr.write("Making the demo; its pictures take a moment ...", str)
        user = user_named(USERNAME)
        made = samples()
        # What this process has in memory, the server would never see.
        for namespace in SAVED if stores.live().is_in_memory else (*SAVED, LIVE):
            self._fill(user, namespace, made, url)
        for namespace in SAVED:
            services.save_namespace(selectors.get_namespace(user, namespace))
        _, token = AccessToken.objects.issue(
            user=user,
            days=conf.ARTIFACTS_TOKEN_DAYS,
            scope=Scope.WRITE,
            name="demo",
        )
        # Last, for the operator says that the demo is whole: a start that was cut
        # short goes on where it stopped.
        password, user_password = secrets.token_urlsafe(9), secrets.token_urlsafe(9)
        user.set_password(user_password)
        user.save()
        users.create_superuser(OPERATOR, password=password)
        self._say(
            "first",
            url=url,
            token=token,
            user=USERNAME,
            user_password=user_password,
            operator=OPERATOR,
            password=password,
        )

    def _fill(
        self,
        user: User,
        namespace: NamespaceRef,
        made: tuple[Sample, ...],
        url: str,
    ) -> None:
        """Put what the namespace has not got yet."""
        mine = FileArtifact.objects.owned_by(user).in_namespace(namespace)
        names = set(mine.values_list("filename", flat=True))
        for sample in made:
            if sample.filename not in names:
                services.put(
                    user=user,
                    namespace=namespace,
                    content=BytesIO(sample.content),
                    filename=sample.filename,
                    declared_type=sample.mime_type,
                )
        link = f"{url}/static/artifacts/logo.svg"
        if "logo.svg" not in names:
            services.put_link(user=user, namespace=namespace, url=link)

    def _say(self, when: str, **values: str) -> None:
        mine = FileArtifact.objects.owned_by(user_named(USERNAME))
        saved = mine.in_namespace(SAVED[0])
        image = saved.filter(kind="img").first()
        values["object_id"] = image.object_id if image else "img_a1b2c3"
        values["id"] = str(image.pk) if image else "ID"
        self.stdout.write(
            render_to_string(f"artifacts/demo_{when}.txt", values).rstrip()
        )
