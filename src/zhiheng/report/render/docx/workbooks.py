"""The workbook inside a chart: Word opens it on 编辑数据 and redraws the chart from its cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from zhiheng.report.content import NativeChart

SHEET = "Sheet1"
# More names than these stand too close for a second line.
RADAR_VALUES = 10
FLOAT_NOISE = 1e-9
# A fixed date: a clock would change the bytes of an unchanged report.
CREATED = datetime(2000, 1, 1, tzinfo=UTC)


def chart_workbook(chart: NativeChart) -> bytes:
    """
    Return the workbook of `chart`: categories in column A, one column a series from B on; None stays empty.

    In a radar the names stand behind the series, and column A joins them with the values of the first series by a
    formula, so that an edit of a value also changes the name that the chart shows.
    """
    buffer = BytesIO()
    book = Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet(SHEET)
    sheet.set_column(0, len(chart.series) + 1, 16)
    for column, series in enumerate(chart.series, start=1):
        sheet.write_string(0, column, series.name)
        for row, value in enumerate(series.values, start=1):
            if value is not None:
                sheet.write_number(row, column, value)
    for row, (name, shown) in enumerate(zip(chart.categories, category_names(chart), strict=True), start=1):
        if name == shown:
            sheet.write_string(row, 0, name)
            continue
        names = len(chart.series) + 1
        sheet.write_string(row, names, name)
        form = number_format(chart_values(chart), percent=chart.percent).replace('"', '""')
        label, value = xl_rowcol_to_cell(row, names), xl_rowcol_to_cell(row, 1)
        sheet.write_formula(row, 0, f'={label}&CHAR(10)&TEXT({value},"{form}")', None, shown)
    book.close()
    return buffer.getvalue()


def category_names(chart: NativeChart) -> tuple[str, ...]:
    """
    Return the names that the chart shows along its axis.

    The points of a radar lie where its names stand, so values as labels would cover the names: they follow the names
    on a second line instead.
    """
    if chart.kind != "radar" or len(chart.categories) > RADAR_VALUES:
        return chart.categories
    form = number_format(chart_values(chart), percent=chart.percent)
    decimals = form.count("0") - 1
    unit = "%" if chart.percent else ""
    first = chart.series[0].values
    return tuple(
        name if value is None else f"{name}\n{rounded(value, decimals)}{unit}"
        for name, value in zip(chart.categories, first, strict=True)
    )


def chart_values(chart: NativeChart) -> list[float | None]:
    """Return the values of all series, which share one number format."""
    return [value for series in chart.series for value in series.values]


def number_format(values: Sequence[float | None], *, percent: bool) -> str:
    """Return the number format with as many decimals as the values need: at most two, for rates one."""
    known = [value for value in values if value is not None]
    most = 1 if percent else 2
    decimals = next((d for d in range(most) if all(abs(round(v, d) - v) < FLOAT_NOISE for v in known)), most)
    form = "0" if decimals == 0 else "0." + "0" * decimals
    return form + '"%"' if percent else form


def rounded(value: float, decimals: int) -> str:
    """Return `value` as a spreadsheet prints it: halves away from zero, unlike Python's own formatting."""
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def cells(column: int, rows: int) -> str:
    """Return the reference to the values of a column, counted from 0."""
    letter = xl_col_to_name(column)
    return f"{SHEET}!${letter}$2:${letter}${rows + 1}"


def head(column: int) -> str:
    """Return the reference to the head of a column, counted from 0."""
    return f"{SHEET}!${xl_col_to_name(column)}$1"
