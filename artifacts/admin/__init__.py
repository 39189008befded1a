"""The admin site: what operators see and do, through the same services as the API.

One module for each model; importing them registers it.
"""

from __future__ import annotations

from django.contrib import admin

from artifacts.admin import access_token, file_artifact, namespace

__all__ = ["access_token", "file_artifact", "namespace"]

admin.site.site_header = "Paradigm Artifacts"
admin.site.site_title = "Paradigm Artifacts"
admin.site.index_title = "Operation"
# Lists with pictures want its room; the breadcrumbs lead everywhere.
admin.site.enable_nav_sidebar = False
