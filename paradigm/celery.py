"""What `celery -A paradigm worker` runs: drawing, handed over by the service."""

from __future__ import annotations

import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from artifacts.queues.celery import make_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paradigm.settings")
try:
    django.setup()
except ImproperlyConfigured as error:
    sys.exit(str(error))

app = make_app(settings.ARTIFACTS_THUMBNAIL_QUEUE)
