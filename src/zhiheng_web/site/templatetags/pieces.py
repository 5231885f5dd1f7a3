"""Icons and badges of states: `{% icon "plus" %}`, `{% state_badge unit.state %}`; known to every template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()
SPRITE = "vendor/tabler-icons-3.52.0/sprite.svg"
ICON = '<svg class="zh-icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
STATES: Mapping[str, tuple[str, str, str | Promise]] = {
    # of a unit
    "draft": ("info", "edit", _("填报中")),
    "pending": ("wait", "hourglass", _("待审核")),
    "submitted": ("sent", "send", _("已报送")),
    "returned": ("bad", "arrow-back-up", _("已退回")),
    "accepted": ("ok", "circle-check", _("已核定")),
    "overdue": ("late", "clock", _("逾期")),
    # of a point
    "empty": ("", "circle-dashed", _("未填")),
    "unknown": ("", "circle-dashed", _("未填")),
    "filled": ("info", "check", _("已填")),
    "claimed": ("info", "check", _("已自评")),
    "verified": ("ok", "circle-check", _("已核定")),
    "rejected": ("bad", "circle-x", _("不予认定")),
    "not_applicable": ("", "minus", _("不适用")),
    # of a decision
    "accept": ("ok", "circle-check", _("认可")),
    "adjust": ("wait", "adjustments", _("调整")),
    "reject": ("bad", "circle-x", _("不予认定")),
}
"""Tone, icon and word of each state: never colour alone."""


@register.simple_tag
def icon(name: object = "", css: str = "") -> SafeString:
    """
    Return an icon of the sprite; it is decoration, so the same is said in words beside it.

    Parameters
    ----------
    name
        An icon named in tools/vendor_web.py.
    css
        More classes, such as `zh-icon-lg`.
    """
    return _icon(str(name or "point"), css)


@lru_cache(maxsize=1024)
def _icon(name: str, css: str) -> SafeString:
    return format_html(ICON, f" {css}" if css else "", static(SPRITE), name)


@register.simple_tag
def state_badge(state: object = "", label: object = "", tone: str = "", icon: str = "") -> SafeString:
    """
    Return a state as colour, picture and word.

    Parameters
    ----------
    state
        Key of `STATES`; any other text is shown as it is.
    label
        Another word for the same state.
    tone, icon
        For anything else: `info`, `wait`, `sent`, `bad`, `ok`, `late` or nothing, and an icon.
    """
    known = STATES.get(str(state))
    if known is not None:
        tone, icon, word = known
    else:
        word = str(state)
    css = f" zh-state-{tone}" if tone else ""
    return format_html('<span class="zh-state{}">{}{}</span>', css, _icon(icon or "point", ""), label or word)
