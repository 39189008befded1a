"""Routes below `/api/v3/`."""

from __future__ import annotations

from django.urls import path, re_path

from artifacts.api.v3 import views

app_name = "v3"

urlpatterns = [
    path("artifacts", views.ArtifactListView.as_view(), name="list"),
    path("artifacts/<str:id>", views.ArtifactView.as_view(), name="artifact"),
    path("artifacts/<str:id>/content", views.ContentView.as_view(), name="content"),
    path(
        "artifacts/<str:id>/thumbnail", views.ThumbnailView.as_view(), name="thumbnail"
    ),
    re_path("", views.NoSuchRouteView.as_view()),
]
