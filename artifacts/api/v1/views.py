"""The routes of v1; what is not the vendor's is marked as an extension."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from artifacts import selectors, services
from artifacts.api.authentication import user_of
from artifacts.api.content import AnyAccept, content_response
from artifacts.api.uploads import MultiPartParser, refuse_large_body
from artifacts.api.v1 import parameters, schema
from artifacts.api.v1.error_schema import DetailSerializer
from artifacts.api.v1.errors import handle
from artifacts.api.v1.listing import list_response
from artifacts.api.v1.serializers import StoredArtifactSerializer
from artifacts.models import FileArtifact
from artifacts.models.connections import release_connection
from artifacts.refs import NamespaceKind, NamespaceRef, ObjectRef, check_text
from artifacts.uploads import accept_uploads


class V1View(APIView):
    """What all routes of v1 share."""

    authentication_classes = [schema.HTTPBearer]
    content_negotiation_class = AnyAccept
    error_serializer_class = DetailSerializer

    def get_exception_handler(self) -> Callable[..., Response]:
        return handle


class ArtifactView(V1View):
    """The bytes of one artifact."""

    parser_classes = [MultiPartParser, JSONParser, FormParser]

    @schema.get_artifact
    def get(self, request: Request) -> HttpResponseBase:
        return content_response(request._request, self._artifact(request))  # noqa: SLF001 - Django's own request

    @schema.put_artifact
    def post(self, request: Request) -> Response:
        refuse_large_body(request)
        release_connection()  # or one of the pool waits for a slow upload
        with accept_uploads(request._request):  # noqa: SLF001 - Django's own request
            artifact = _put(user_of(request), parameters.body(request.data))
        body = StoredArtifactSerializer(artifact).data
        return Response(body, status=status.HTTP_201_CREATED)

    @schema.delete_artifact
    def delete(self, request: Request) -> Response:
        services.delete(self._artifact(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _artifact(self, request: Request) -> FileArtifact:
        values = request.query_params
        namespace = parameters.namespace_ref(values)
        field, value = parameters.one_of(values, "object_id", "filename")
        if field == "filename":
            check_text(value, field="filename")
            return selectors.get_by_filename(user_of(request), namespace, value)
        ref = ObjectRef.parse(value)
        return selectors.get_by_object_id(user_of(request), namespace, ref)


def _put(user: User, values: Mapping[str, Any]) -> FileArtifact:
    namespace = parameters.namespace_ref(values)
    filename = parameters.text(values, "filename")
    sha256 = parameters.text(values, "sha256")
    if url := parameters.link(values):
        return services.put_link(
            user=user, namespace=namespace, url=url, filename=filename, sha256=sha256
        )
    upload = parameters.upload(values)
    return services.put(
        user=user,
        namespace=namespace,
        content=upload.staged,
        filename=filename or upload.name_as_sent,
        declared_type=upload.content_type or "",
        sha256=sha256,
    )


class ArtifactListView(V1View):
    """The artifacts of one namespace."""

    @schema.list_artifacts
    def get(self, request: Request) -> HttpResponseBase:
        ref = parameters.namespace_ref(request.query_params)
        return list_response(selectors.get_namespace(user_of(request), ref))


class SaveView(V1View):
    """Move a namespace's artifacts to the persisted store."""

    kind: NamespaceKind = NamespaceKind.SESSION

    @schema.save_namespace
    def post(self, request: Request, **names: str) -> HttpResponseBase:
        ref = NamespaceRef(self.kind, names[f"{self.kind}_id"])
        namespace = selectors.get_namespace(user_of(request), ref)
        services.save_namespace(namespace)
        return list_response(namespace)


class HealthView(V1View):
    """The SDKs' check of their key: only a bad one is refused."""

    permission_classes = [AllowAny]

    @schema.health
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class DomainsView(V1View):
    """n8n's check of its key; this service has no domains."""

    @schema.domains
    def get(self, request: Request) -> Response:
        return Response([])


class NoSuchRouteView(V1View):
    """Anything else below this API: a 404 in its shape, after the token was looked at."""

    schema = None
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is no such route.")
