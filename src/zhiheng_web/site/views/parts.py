"""The part of a page about a result that is the same for everybody: put into words once for each result."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from zhiheng_web.results.kept import Kept
from zhiheng_web.results.source import Current
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.access import SignedIn

MOST = 200
"""Parts in the memory of each process; one has about 60 kB."""
_parts: Kept[SafeString] = Kept(MOST)


def part_of(
    request: SignedIn, template: str, about: tuple[Round, Current], context: Callable[[], Mapping[str, object]],
    *more: object,
) -> SafeString:  # fmt: skip
    """
    Return a part of a page.

    Parameters
    ----------
    request, template
        Whose address and language tell what is shown; the template must show nothing of the person.
    about
        The round and its result: with another of either the part is made anew.
    context
        Makes what the template shows; not called where the part is kept.
    more
        What else the part depends on.
    """
    round_, found = about
    state = (found.state, found.key, round_.pk, round_.version, round_.stage)
    key = (template, request.get_full_path(), get_language(), *state, *more)
    return _parts.take(key, lambda: render_to_string(template, dict(context()), request))
