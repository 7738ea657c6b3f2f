"""The ASGI entry point that uvicorn serves."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interview.settings")
application = get_asgi_application()

# Only now is Django ready for what the postman imports.
from interview import postman  # noqa: E402 - see above

postman.start()
