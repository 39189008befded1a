"""The routes of v3; what is not the vendor's is marked as an extension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.versioning import NamespaceVersioning
from rest_framework.views import APIView

from artifacts import selectors
from artifacts.api.authentication import BearerAuthentication, user_of
from artifacts.api.content import AnyAccept, content_response
from artifacts.api.json import JSONFirst, JSONRenderer
from artifacts.api.v3 import schema
from artifacts.api.v3.errors import handle
from artifacts.api.v3.filters import ArtifactFilter
from artifacts.api.v3.pagination import NewestFirst
from artifacts.api.v3.serializers import ErrorSerializer, FileArtifactSerializer
from artifacts.models import FileArtifact
from artifacts.models.file_artifact import FileArtifactQuerySet
from artifacts.thumbnails.result import MIME_TYPE


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's page for people, with the pictures shown."""

    template = "artifacts/browsable.html"


class V3View(APIView):
    """What all routes of v3 share."""

    authentication_classes = [BearerAuthentication, SessionAuthentication]
    renderer_classes = [JSONRenderer, BrowsableRenderer]
    content_negotiation_class: type[DefaultContentNegotiation] = JSONFirst
    versioning_class = NamespaceVersioning
    error_serializer_class = ErrorSerializer

    def get_exception_handler(self) -> Callable[..., Response]:
        return handle


class ArtifactView(V3View, RetrieveAPIView[FileArtifact]):
    """The metadata of one artifact, its picture included."""

    serializer_class = FileArtifactSerializer

    @schema.retrieve
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(FileArtifactSerializer().to_representation(self.get_object()))

    def get_object(self) -> FileArtifact:
        return selectors.get_artifact(user_of(self.request), self.kwargs["id"])


class ArtifactListView(V3View, ListAPIView[FileArtifact]):
    """The caller's artifacts, newest first."""

    serializer_class = FileArtifactSerializer
    pagination_class = NewestFirst
    filter_backends = [DjangoFilterBackend]
    filterset_class = ArtifactFilter

    @schema.list_
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> FileArtifactQuerySet:
        if getattr(self, "swagger_fake_view", False):
            return FileArtifact.objects.none()
        return selectors.artifacts_of(user_of(self.request))


class BytesView(V3View):
    """Answers with bytes, whatever the client says it accepts."""

    content_negotiation_class = AnyAccept


class ContentView(BytesView):
    """The bytes of one artifact."""

    @schema.content
    def get(self, request: Request, id: str) -> HttpResponseBase:
        artifact = selectors.get_artifact(user_of(request), id)
        return content_response(request._request, artifact)  # noqa: SLF001 - Django's own request


class ThumbnailView(BytesView):
    """The picture of one artifact."""

    @schema.thumbnail
    def get(self, request: Request, id: str) -> HttpResponseBase:
        artifact = selectors.get_artifact(user_of(request), id)
        if not artifact.thumbnail_base64:
            reason = artifact.thumbnail_reason or "not drawn yet"
            raise NotFound(f"There is no picture of this artifact: {reason}.")
        etag = f'"{artifact.sha256}-{artifact.thumbnail_version}"'
        response = HttpResponse(
            artifact.thumbnail,
            content_type=MIME_TYPE,
            headers={
                "ETag": etag,
                # It may be drawn anew by a later version.
                "Cache-Control": "private, max-age=3600",
                "Vary": "Authorization, Cookie",
            },
        )
        conditional = get_conditional_response(
            request._request,  # noqa: SLF001 - Django's own request
            etag=etag,
            response=response,
        )
        return conditional or response


class NoSuchRouteView(BytesView):
    """Anything else below this API: a 404 in its shape, after the token was looked at."""

    schema = None
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is no such route.")
