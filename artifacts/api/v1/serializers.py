"""Artifacts as v1 shows them beside their bytes."""

from __future__ import annotations

from rest_framework import serializers

from artifacts.models import FileArtifact, Namespace


class ArtifactItemSerializer(serializers.ModelSerializer[FileArtifact]):
    """One entry of a list: the vendor's three keys, then ours."""

    id = serializers.CharField()

    class Meta:
        model = FileArtifact
        fields = (
            "object_id",
            "filename",
            "source",
            "id",
            "bytes",
            "mime_type",
            "sha256",
            "created_at",
        )
        read_only_fields = fields


class ArtifactListSerializer(serializers.Serializer[Namespace]):
    """All artifacts of one session or execution, oldest first."""

    namespace_id = serializers.CharField(source="external_id")
    items = ArtifactItemSerializer(many=True, source="artifacts_oldest_first")


class StoredArtifactSerializer(ArtifactItemSerializer):
    """The acknowledgement of a put."""

    namespace_id = serializers.CharField(source="namespace.external_id")

    class Meta:
        model = FileArtifact
        fields = (
            "id",
            "object_id",
            "namespace_id",
            "filename",
            "bytes",
            "mime_type",
            "sha256",
            "source",
            "created_at",
        )
        read_only_fields = fields
