"""Settings of the tests: data in a folder of their own, quick password hashes, the database that is asked for."""

from __future__ import annotations

import os
import tempfile

os.environ["ZHIHENG_DATA"] = tempfile.mkdtemp(prefix="zhiheng-test-")
os.environ["ZHIHENG_DATABASE_URL"] = os.environ.get("ZHIHENG_TEST_DATABASE_URL", "")

from zhiheng_web.config.settings import *  # noqa: F403 - the variables above come first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405 - WhiteNoise warns where it is missing
