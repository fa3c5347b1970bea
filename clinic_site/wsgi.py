"""What gunicorn runs."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_site.settings")
application = get_wsgi_application()
if not settings.HAS_KEPT_KEY:
    # Each process would sign with a key of its own.
    raise ImproperlyConfigured("There is no secret key yet. Start the site once with “make run”; it makes one.")
