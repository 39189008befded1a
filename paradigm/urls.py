"""All routes of the project."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from artifacts.api import service

urlpatterns = [
    path(
        "favicon.ico",
        RedirectView.as_view(url=f"{settings.STATIC_URL}artifacts/logo.svg"),
    ),
    path("", RedirectView.as_view(pattern_name="docs")),
    path("api/v3/", include("artifacts.api.v3.urls", namespace="v3")),
    path("v1/", include("artifacts.api.v1.urls", namespace="v1")),
    path("api/schema/", service.SchemaView.as_view(), name="schema"),
    path("api/docs/", service.DocsView.as_view(url_name="schema"), name="docs"),
    path("api-auth/", include("rest_framework.urls")),
    path("admin/", admin.site.urls),
    path("livez", service.LiveView.as_view(), name="livez"),
    path("readyz", service.ReadyView.as_view(), name="readyz"),
]

handler500 = "artifacts.api.failures.server_error"
