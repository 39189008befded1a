"""What operators can make: an artifact from a file or a link, a token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from artifacts import services
from artifacts.conf import conf
from artifacts.exceptions import ArtifactError, InvalidError
from artifacts.models import AccessToken, FileArtifact
from artifacts.models.access_token import MAX_DAYS, Scope
from artifacts.refs import TEXT_LENGTH, NamespaceKind, NamespaceRef


def _user_field(model: type[FileArtifact | AccessToken], **kwargs: Any) -> Any:
    widget = AutocompleteSelect(model._meta.get_field("user"), admin.site)
    users = User.objects.filter(is_active=True)
    return forms.ModelChoiceField(queryset=users, widget=widget, **kwargs)


class UploadForm(forms.Form):
    """An artifact to put."""

    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        help_text="Its kind and media type are read from its bytes.",
    )
    url = forms.CharField(
        label="Or a link",
        required=False,
        widget=forms.URLInput(attrs={"class": "vURLField"}),
        help_text="Kept as it is; nothing is ever fetched from it.",
    )
    filename = forms.CharField(
        label="File name",
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="The uploaded file's own, unless another is given.",
    )
    namespace_kind = forms.ChoiceField(
        label="Made in a",
        choices=[(kind.value, kind.value) for kind in NamespaceKind],
    )
    external_id = forms.CharField(
        label="Session or execution id",
        max_length=TEXT_LENGTH,
        strip=False,  # an identifier, which the APIs keep as it is
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Made where the owner has none of this id.",
    )
    owner = _user_field(FileArtifact, help_text="Who gets it through the APIs.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = filesizeformat(conf.ARTIFACTS_MAX_BYTES)
        self.fields["file"].help_text += f" At most {limit}."

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "file" in values and bool(values["file"]) == bool(values.get("url")):
            self.add_error("file", "Give either a file or a link.")
        return values

    def put(self) -> FileArtifact | None:
        """Put it as the API does; None where that fails, which is then an error here."""
        try:
            return self._put()
        except InvalidError as error:
            field = self._field_of(error)
            self.add_error(field, str(error))
        except (ArtifactError, OSError) as error:
            self.add_error(None, f"The artifact was not stored: {error}")
        return None

    def _put(self) -> FileArtifact:
        values = self.cleaned_data
        kind = NamespaceKind(values["namespace_kind"])
        namespace = NamespaceRef(kind, values["external_id"])
        owner, filename = values["owner"], values["filename"]
        upload: UploadedFile[bytes] | None = values["file"]
        if upload is None:
            return services.put_link(
                user=owner, namespace=namespace, url=values["url"], filename=filename
            )
        return services.put(
            user=owner,
            namespace=namespace,
            # The upload handler has staged and hashed it already.
            content=getattr(upload, "staged", upload),
            filename=filename or upload.name or "",
            declared_type=upload.content_type or "",
        )

    def _field_of(self, error: InvalidError) -> str | None:
        if error.field in [f"{kind}_id" for kind in NamespaceKind]:
            return "external_id"
        return error.field if error.field in self.fields else None


class TokenForm(forms.Form):
    """A token to issue."""

    user = _user_field(AccessToken, help_text="On whose behalf it speaks.")
    name = forms.CharField(
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="What it is for, in your own words.",
    )
    scope = forms.ChoiceField(
        choices=Scope.choices,
        initial=Scope.WRITE,
        help_text="Writing includes reading.",
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=MAX_DAYS,
        initial=lambda: conf.ARTIFACTS_TOKEN_DAYS,
        help_text="How long it is good for.",
    )

    def issue(self) -> tuple[AccessToken, str]:
        """Make the token; its secret is returned here and never again."""
        return AccessToken.objects.issue(**self.cleaned_data)
