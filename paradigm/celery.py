"""What `celery -A paradigm worker` runs: drawing, handed over by the service."""

from __future__ import annotations

import os

import django
from django.conf import settings

from artifacts.queues.celery import make_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paradigm.settings")
django.setup()

app = make_app(settings.ARTIFACTS_THUMBNAIL_QUEUE)
