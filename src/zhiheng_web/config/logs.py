"""
Lines of the log as JSON, without anything that people typed.

A message may hold a name, an address or a path. So a line carries the words that stand in the code, never what was
filled in; of an error its kind and where it was raised, never its text.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType

from django.core.exceptions import ImproperlyConfigured

from zhiheng_web.config.environment import PREFIX

FORMS = ("text", "json")
FRAMES = 12
"""Places of an error that are named, the innermost last."""
_MOST = 300


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        from zhiheng_web.site.telemetry import REQUEST  # noqa: PLC0415 - models are not there when logging is set up

        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        if _ours(record) and isinstance(record.args, tuple):
            numbers = [value for value in record.args if isinstance(value, int | float)]
            line |= {"numbers": numbers} if numbers else {}
        if REQUEST.get():
            line["request"] = REQUEST.get()
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__qualname__
            line["at"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] in {"zhiheng", "zhiheng_web"}


def _event(record: logging.LogRecord) -> str:
    """Return the words of the code; of a foreign message that was put together already, the place it comes from."""
    if isinstance(record.msg, str) and (record.args or _ours(record)):
        return record.msg[:_MOST]
    return f"{record.module}:{record.lineno}"


def _places(tb: TracebackType | None) -> list[str]:
    found = traceback.extract_tb(tb)[-FRAMES:]
    return [f"{'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in found]


def logging_of(form: str, level: str) -> dict[str, object]:
    """
    Return the settings of logging.

    Parameters
    ----------
    form
        `json`: one line for each request and message, for machines; `text`: for the desk.
    level
        Level of messages; in the form `json` requests are written whatever it is.
    """
    if form not in FORMS:
        msg = f"{PREFIX}LOG={form!r} is none of {', '.join(FORMS)}."
        raise ImproperlyConfigured(msg)
    requests = {"zhiheng.request": {"level": "INFO"}} if form == "json" else {}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
            "json": {"()": "zhiheng_web.config.logs.JsonFormatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "loggers": requests,
        "root": {"handlers": ["console"], "level": level},
    }
