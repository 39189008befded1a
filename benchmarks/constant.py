"""A plain Django view in a plain project: `startproject`'s middleware, constant bytes.

Answers `GET /name` with the file of that name in the folder `CONSTANT_DIR`, read once,
and `POST` with the same after Django has parsed the form and dropped it.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse  # noqa: TID251 - Django alone
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

LARGEST = 16 * 1024 * 1024
"""Bytes; of a larger file there is no constant, each process would hold it."""

BODIES = {
    file.name: file.read_bytes()
    for file in Path(os.environ["CONSTANT_DIR"]).iterdir()
    if file.stat().st_size <= LARGEST
}


@csrf_exempt
def constant(request: HttpRequest, name: str) -> HttpResponse:
    """Return one of the bodies."""
    if request.method == "POST":
        len(request.FILES)  # parses the form
    body = BODIES[name]
    return HttpResponse(body)


urlpatterns = [path("<name>", constant)]

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of no use",  # noqa: S106 - nothing is signed
    USE_TZ=True,
)
application = get_wsgi_application()
