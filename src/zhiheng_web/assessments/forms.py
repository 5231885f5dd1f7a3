"""Reads what a person typed at one point: numbers and dates as people write them, and faults by row and field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.assessment.claims import Fault
from zhiheng_web.assessments.actions import Given, GivenItem

if TYPE_CHECKING:
    from django.http import QueryDict

MOST_ROWS = 300
"""Rows of one point that are read; a browser sends no more fields than the settings allow anyway."""
KEY = re.compile(r"[a-z0-9]{1,24}")
"""What names a row in the names of its fields."""
PK = re.compile(r"[0-9]{1,18}")
"""Primary key of a file."""
_PART = re.compile(r"(\d{4})(?:(\d{2})(\d{2})|年|[年./-](\d{1,2})(?:月|[月./-](\d{1,2})日?)?)?")
_RANGE = re.compile(r"\s*(?:\.\.|至|到|~|—+|–)\s*")


def written_date(text: str) -> str:
    """
    Return a date in the form that is kept.

    Parameters
    ----------
    text
        A day, month, year or range as people write it: `2021年6月30日`, `2021.6`, `2020年3月至2021年6月`. What is not
        recognised comes back as it is, for the rule to refuse in its own words.
    """
    tidy = unicodedata.normalize("NFKC", text).strip()
    parts = [part.strip() for part in _RANGE.split(tidy, maxsplit=1)]
    found = [_PART.fullmatch(part) for part in parts]
    if any(part and match is None for part, match in zip(parts, found, strict=True)):
        return text.strip()
    return "..".join(_iso(match) for match in found)


def _iso(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    year, month, day = match[1], match[2] or match[4], match[3] or match[5]
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


class WrittenNumber(forms.DecimalField):
    """A number as people write it: full-width digits and separators of thousands are understood."""

    def to_python(self, value: Any) -> Any:
        """Return the number, or None for nothing."""
        tidy = unicodedata.normalize("NFKC", str(value or "")).strip()
        return super().to_python(re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", tidy))


class AnswerFields(forms.Form):
    """Fields of a point that stand above its rows."""

    version = forms.IntegerField(min_value=0, required=False)
    value = WrittenNumber(
        required=False, max_digits=24, decimal_places=9,
        error_messages={"invalid": gettext_lazy("数值无法识别，请只填数字，例如12.5")},
    )  # fmt: skip
    note = forms.CharField(
        required=False, max_length=4000,
        error_messages={"max_length": gettext_lazy("说明最多4000字")},
    )  # fmt: skip


class RowFields(forms.Form):
    """Fields of one row."""

    text = forms.CharField(
        required=False, max_length=2000, error_messages={"max_length": gettext_lazy("事项最多2000字")}
    )
    date = forms.CharField(required=False, max_length=60)
    component = forms.CharField(
        required=False, max_length=120, error_messages={"max_length": gettext_lazy("领域最多120字")}
    )
    count = WrittenNumber(
        required=False, max_digits=15, decimal_places=0,
        error_messages={
            "invalid": gettext_lazy("数量无法识别，请填写整数"),
            "max_decimal_places": gettext_lazy("数量须是大于0的整数"),
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TypedRow:
    """
    One row as it was typed.

    Parameters
    ----------
    key
        What names it among the rows of its point.
    text, date, component, count
        As typed.
    files
        Evidence as (primary key of the file, pages).
    """

    key: str
    text: str = ""
    date: str = ""
    component: str = ""
    count: str = ""
    files: tuple[tuple[int, str], ...] = ()

    @property
    def blank(self) -> bool:
        """Return whether nothing is in it; a field that is not ticked is nothing, whatever was typed beside it."""
        if self.key.startswith("f"):
            return not self.component
        return not (
            self.text.strip() or self.date.strip() or self.component.strip() or self.count.strip() or self.files
        )


@dataclass(frozen=True, slots=True)
class Typed:
    """
    The answer to one point as it was typed.

    Parameters
    ----------
    choice
        Stance, for judged points with the marks: `yes:2`.
    value, note
        As typed.
    version
        Version of the answer that the person saw.
    rows
        Rows in the order of the page, without blank ones.
    given
        What could be read of it.
    faults
        What could not; `item` counts `rows`.
    """

    choice: str
    value: str
    note: str
    version: int
    rows: tuple[TypedRow, ...]
    given: Given
    faults: tuple[Fault, ...]


def read_answer(data: QueryDict, uploads: Collection[str] = ()) -> Typed:
    """
    Return what a person typed at one point; what cannot be read is a fault, and nothing is lost.

    Parameters
    ----------
    data
        Fields of the point.
    uploads
        Keys of rows with files that come along, which are not blank for that.
    """
    rows = tuple(row for row in (_row(data, key) for key in _keys(data)) if row.key in uploads or not row.blank)
    top = AnswerFields(data)
    top.full_clean()
    faults = [Fault(name, str(errors[0])) for name, errors in top.errors.items() if name != "version"]
    items = []
    for place, row in enumerate(rows):
        read = RowFields({"text": row.text, "date": row.date, "component": row.component, "count": row.count})
        read.full_clean()
        faults += [Fault(name, str(errors[0]), place) for name, errors in read.errors.items()]
        clean = read.cleaned_data
        date = written_date(clean.get("date", ""))
        if len(date) > 24:  # noqa: PLR2004 - as wide as the column
            faults.append(Fault("date", _("日期过长，请写成2021、2021-06、2021-06-30，或者2020..2021-06"), place))
        items.append(
            GivenItem(clean.get("text", ""), date, clean.get("component", ""), clean.get("count"), row.files)
        )  # fmt: skip
    choice = data.get("choice", "")[:40]
    stance, mark = _stance(choice, faults)
    given = Given(stance, mark, top.cleaned_data.get("value"), top.cleaned_data.get("note", ""), tuple(items))
    version = top.cleaned_data.get("version") or 0
    return Typed(choice, data.get("value", ""), data.get("note", ""), version, rows, given, tuple(faults))


def _keys(data: QueryDict) -> list[str]:
    return [key for key in dict.fromkeys(data.getlist("row")) if KEY.fullmatch(key)][:MOST_ROWS]


def _row(data: QueryDict, key: str) -> TypedRow:
    text, date, component, count = (data.get(f"{name}.{key}", "") for name in ("text", "date", "component", "count"))
    dropped = set(data.getlist(f"drop.{key}"))
    files = [int(pk) for pk in dict.fromkeys(data.getlist(f"file.{key}")) if PK.fullmatch(pk) and pk not in dropped]
    pages = [data.get(f"pages.{key}.{pk}", "").replace("\x00", "").strip()[:60] for pk in files]
    return TypedRow(key, text, date, component, count, tuple(zip(files, pages, strict=True)))


def _stance(choice: str, faults: list[Fault]) -> tuple[str, Decimal | None]:
    stance, colon, marks = choice.partition(":")
    if not colon:
        return stance, None
    try:
        return stance, WrittenNumber(max_digits=15, decimal_places=6).clean(marks)
    except ValidationError:
        faults.append(Fault("mark", _("请从列出的档次中选一档")))
        return stance, None


class SendBackForm(forms.Form):
    """Why the approver sends a self-assessment back."""

    reason = forms.CharField(
        label=gettext_lazy("退回理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("填报员将看到这段文字，请写明哪一项要改什么"),
    )  # fmt: skip
