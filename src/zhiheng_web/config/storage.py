"""How static files are stored: compressed, and named by their content, modules that import each other included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise ships no types
    """Follows the imports of JavaScript modules, so that each is loaded once under its hashed name."""

    support_js_module_import_aggregation = True
