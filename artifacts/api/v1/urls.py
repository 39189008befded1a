"""Routes below `/v1/`."""

from __future__ import annotations

from django.urls import path, re_path

from artifacts.api.v1 import views
from artifacts.refs import NamespaceKind

app_name = "v1"

urlpatterns = [
    path("artifacts", views.ArtifactView.as_view(), name="artifact"),
    path("artifacts/list", views.ArtifactListView.as_view(), name="list"),
    path(
        "sessions/<path:session_id>/save",
        views.SaveView.as_view(kind=NamespaceKind.SESSION),
        name="save-session",
    ),
    path(
        "executions/<path:execution_id>/save",
        views.SaveView.as_view(kind=NamespaceKind.EXECUTION),
        name="save-execution",
    ),
    path("health", views.HealthView.as_view(), name="health"),
    path("domains", views.DomainsView.as_view(), name="domains"),
    re_path("", views.NoSuchRouteView.as_view()),
]
