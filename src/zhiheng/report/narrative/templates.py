"""Sentence templates: which template fits an activity without losing a fact, and the clause it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from zhiheng.assessment.activities import Activity, Quantity
from zhiheng.errors import RenderError
from zhiheng.report.narrative import numbers

_SLOT = re.compile(r"\{([A-Za-z]+)(\d*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_TITLE = re.compile(r"《(?:[^《》]|《[^《》]*》)*》|“[^“”]*”")
_OMITTED = re.compile(r"^(?:\[[^\[\]]*\]|\{d\}，|\{when\}，)*\{[SA]\}(?!的)")
_FIELDS = {
    "d": "date",
    "when": "when",
    "o": "object",
    "oo": "object",
    "no": "doc_no",
    "w": "partner",
    "b": "basis",
    "c": "content",
    "m": "means",
}
_SUBJECTS = frozenset({"S", "A", "u"})
MANY = 2
"""From this many titles on an object counts as a list."""


@dataclass(frozen=True, slots=True)
class Template:
    """
    One way to say an activity.

    Parameters
    ----------
    text
        Chinese with marks; the head of `acts.yaml` explains them.
    """

    text: str

    @property
    def omits_subject(self) -> bool:
        """Whether the subject may be left out after ；, since it stands where a clause begins."""
        return bool(_OMITTED.match(self.text))

    @property
    def opens_with_actor(self) -> bool:
        """Whether the clause is about who acts, so that the next one may go on without naming it."""
        return self.omits_subject and "{S}" in self.text

    def fits(self, activity: Activity) -> bool:
        """Return whether all marks outside brackets can be filled and no fact of the activity would be lost."""
        filled = _filled(activity)
        needed = {s[0] + s[1] for s in _SLOT.findall(_OPTIONAL.sub("", self.text))} - _SUBJECTS
        used = {s[0] + s[1] for s in _SLOT.findall(self.text)}
        return needed <= filled and not self._lost(activity, used)

    def render(self, activity: Activity, subjects: Mapping[str, str]) -> str:
        """
        Return the clause without closing mark.

        Parameters
        ----------
        activity
            Facts.
        subjects
            What {S}, {A} and {u} print; may be empty strings.
        """
        numbered = [int(n) for _, n in _SLOT.findall(self.text) if n]
        values = {**_values(activity, numbered), **subjects}

        def optional(match: re.Match[str]) -> str:
            slots = [a + b for a, b in _SLOT.findall(match[1])]
            return match[1] if all(values.get(s) for s in slots) else ""

        text = _OPTIONAL.sub(optional, self.text)
        return _SLOT.sub(lambda m: values.get(m[1] + m[2], ""), text)

    @staticmethod
    def _lost(activity: Activity, used: set[str]) -> bool:
        fields = {name for slot, name in _FIELDS.items() if slot in used}
        if any(getattr(activity, name) and name not in fields for name in _FIELDS.values()):
            return True
        told = {int(s[1:]) for s in used if s[0] in "nq" and s[1:].isdigit()}
        return "q" not in used and any(i not in told for i in range(1, len(activity.quantities) + 1))


def _filled(activity: Activity) -> set[str]:
    filled = {slot for slot, name in _FIELDS.items() if getattr(activity, name)}
    if len(_TITLE.findall(activity.object)) < MANY:
        filled.discard("oo")
    count = len(activity.quantities)
    filled |= {f"{kind}{i}" for kind in "nq" for i in range(1, count + 1)}
    return filled | ({"q"} if count else set())


def _values(activity: Activity, numbered: Sequence[int]) -> dict[str, str]:
    values: dict[str, str] = {slot: str(getattr(activity, name)) for slot, name in _FIELDS.items()}
    values["d"] = numbers.span(activity.date)
    for i, q in enumerate(activity.quantities, 1):
        values[f"n{i}"] = q.amount
        values[f"q{i}"] = q.name + q.amount
    values["q"] = told([q for i, q in enumerate(activity.quantities, 1) if i not in numbered])
    return values


def told(quantities: Sequence[Quantity]) -> str:
    """
    Return counted results as one run of clauses, parts in brackets behind their whole.

    Examples
    --------
    >>> from zhiheng.assessment.activities import parse_quantities
    >>> told(parse_quantities("破获案件=79起;>部督=3起;>省督=9起;抓获=401人"))
    '破获案件79起（其中部督3起、省督9起），抓获401人'
    """
    text = ""
    at = 0
    while at < len(quantities):
        q = quantities[at]
        parts = []
        at += 1
        while at < len(quantities) and quantities[at].link == ">":
            parts.append(quantities[at])
            at += 1
        if text:
            text += "、" if q.link == "+" else "，"
        text += q.name + q.amount + _parts(q, parts)
    return text


def _parts(whole: Quantity, parts: Sequence[Quantity]) -> str:
    if not parts:
        return ""
    same = all(p.measure == whole.measure for p in parts)
    some = same and sum(p.number for p in parts) < whole.number
    return f"（{'其中' if some else ''}{'、'.join(p.name + p.amount for p in parts)}）"


@cache
def book() -> Mapping[str, tuple[Template, ...]]:
    """
    Return the templates by verb code (`issue`, `issue.draft`), and the general ones under `fallback.<status>`.

    Raises
    ------
    RenderError
        If the file holds a mark that is not known.
    """
    source = resources.files(__package__ or "zhiheng.report.narrative").joinpath("acts.yaml").read_text("utf-8")
    data = yaml.safe_load(source)
    found = {f"fallback.{status}": lines for status, lines in data["fallback"].items()} | data["acts"]
    known = set(_FIELDS) | _SUBJECTS | {"q", "n"}
    for act, lines in found.items():
        unknown = {s for line in lines for s, _ in _SLOT.findall(line)} - known
        if unknown:
            msg = f"acts.yaml: {act} has unknown marks {sorted(unknown)}; the head of the file lists those that exist."
            raise RenderError(msg, act=act)
    return {act: tuple(Template(line) for line in lines) for act, lines in found.items()}


def candidates(activity: Activity) -> tuple[Template, ...]:
    """Return the templates that fit an activity; never empty for an activity that has an object or a quantity."""
    key = activity.act if activity.status == "done" else f"{activity.act}.{activity.status}"
    # A planned act may have its own verb code whose templates already say so.
    own = book().get(key) or (book().get(activity.act, ()) if activity.status == "planned" else ())
    fitting = tuple(t for t in own if t.fits(activity))
    return fitting or tuple(t for t in book()[f"fallback.{activity.status}"] if t.fits(activity))
