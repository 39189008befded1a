"""The WSGI application that gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from artifacts.api.draining import draining

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paradigm.settings")

application = draining(get_wsgi_application())
