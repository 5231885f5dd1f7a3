"""Writes into the workbook of a unit as people do in Excel."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet


def column(sheet: Worksheet, head: str) -> tuple[int, int]:
    """Return row and column of a head."""
    for cells in sheet.iter_rows(max_row=12):
        for cell in cells:
            if str(cell.value).split("\n")[0] == head:
                return cell.row, cell.column
    raise LookupError(head)


def put(sheet: Worksheet, no: int, **values: object) -> None:
    """Write into the row of a point of the summary."""
    top, first = column(sheet, "序号")
    place = next(r for r in range(top + 1, sheet.max_row + 1) if sheet.cell(r, first).value == no)
    for head, value in values.items():
        sheet.cell(place, column(sheet, head)[1], value)  # type: ignore[arg-type]  # what people type


def add_item(sheet: Worksheet, no: int, **values: object) -> None:
    """Write the first free row of the items."""
    top, first = column(sheet, "要点序号")
    place = next(r for r in range(top + 1, sheet.max_row + 1) if sheet.cell(r, first).value is None)
    for head, value in {"要点序号": no, **values}.items():
        sheet.cell(place, column(sheet, head)[1], value)  # type: ignore[arg-type]
