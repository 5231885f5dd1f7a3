"""The sheets of scores and score rates by level: sums that recalculate, units as columns, or as rows where many."""

from __future__ import annotations

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Status
from zhiheng.report.render.xlsx.book import HEAD_ROW, SCALE, TOP, WIDE, Book
from zhiheng.report.render.xlsx.marks import ABSENT, Layer, Marks
from zhiheng.scoring.result import STATUSES, Result
from zhiheng.scoring.tree import Node
from zhiheng.sheets.setup import Column
from zhiheng.sheets.text import line_count, row_height

FIRST_UNIT = 5
"""Column of the first unit where units are columns."""
NAME_WIDTH = 46.0
GROUNDS = {Status.UNKNOWN: "marks_unknown", Status.CLAIMED: "marks_claimed", Status.REJECTED: "marks_rejected"}
"""Format of a point that needs a look; a verified one is plain."""
DEEPEST = 7
"""Levels that an outline can have."""


def level_sheets(book: Book, case: Case, result: Result) -> None:
    """Write the scores of every node, one sheet for each layer that differs, and the score rates."""
    marks = Marks(case, result)
    across = len(result.units) <= WIDE
    for layer in marks.layers:
        (_units_across if across else _units_down)(book, marks, layer)
    (_rates_across if across else _rates_down)(book, marks)


def _units_across(book: Book, marks: Marks, layer: Layer) -> None:
    result = marks.result
    columns = [
        Column("编码", 9, "centre"),
        Column("序号", 7, "centre"),
        Column("指标和要点", NAME_WIDTH),
        Column("级别", 9, "centre"),
    ]
    columns += [Column("满分", 8, "marks"), *(Column(u.name, 9, "marks") for u in result.units)]
    note = "指标行为公式：改动要点得分，上级得分随之变化。"
    if not result.settled:
        note += "空白格为没有材料，不是零分。" if layer.open else "没有材料的要点按满分计入上限。"
        note += "底色：灰为不明，黄为待核，红为不予认定。"
    sheet = book.sheet(layer.name, layer.title, columns, note=note, frozen=FIRST_UNIT)
    sheet.outline_settings(True, False, False, False)  # noqa: FBT003 - XlsxWriter's own order; totals stand above
    place = {column: at for at, column in enumerate(marks.order, TOP)}
    level_names = ("总分", *marks.case.framework.level_names)
    for column, at in place.items():
        node = result.nodes[column]
        _tree_row(book, sheet, at, node)
        book.text(sheet, at, 3, level_names[-1] if node.is_point else level_names[node.level], "centre")
        book.put(sheet, at, 4, float(result.scale.marks(node.full)), "marks")
        for unit in range(len(result.units)):
            _score(book, sheet, (at, FIRST_UNIT + unit), (marks, layer, unit, column), place)


def _tree_row(book: Book, sheet: Worksheet, at: int, node: Node) -> None:
    """Write code, number and indented name, and fold the row under its parent."""
    label = "　" * max(node.level - 1, 0) + node.short
    book.text(sheet, at, 0, node.code or "总分", "centre")
    book.text(sheet, at, 1, node.number, "centre")
    book.text(sheet, at, 2, label, "bold" if node.level <= 1 else "text")
    lines = line_count(label, NAME_WIDTH)
    level = min(max(node.level - 1, 0), DEEPEST)
    sheet.set_row(at, row_height(lines) if lines > 1 else None, None, {"level": level})


def _score(
    book: Book, sheet: Worksheet, at: tuple[int, int], what: tuple[Marks, Layer, int, int], place: dict[int, int]
) -> None:
    marks, layer, unit, column = what
    result, node = marks.result, marks.result.nodes[column]
    style = "marks_bold" if node.level <= 1 else "marks"
    if marks.absent[unit, column]:
        book.text(sheet, *at, ABSENT, "status_absent")
        return
    shown = bool(layer.shown[unit, column])
    value = float(result.scale.marks(int(layer.scores[unit, column])))
    if node.is_point:
        status = STATUSES[int(result.statuses[unit, column - result.first_point])]
        book.put(sheet, *at, value if shown else None, GROUNDS.get(status, style))
        return
    cells = {k: xl_rowcol_to_cell(place[k], at[1]) for k in marks.children[column]}
    formula = marks.formula(layer, unit, column, cells, book.decimals)
    if formula:
        book.formula(sheet, at, formula, style, value if shown else "")
    else:
        book.put(sheet, *at, value if shown else None, style)


def _units_down(book: Book, marks: Marks, layer: Layer) -> None:
    note = "地区较多，按行排列；全部为数值。" + ("空白格为没有材料，不是零分。" if layer.open else "")
    columns = _node_columns(marks, "marks")
    sheet = book.sheet(layer.name, layer.title, columns, note=note, frozen=2)
    values = layer.scores * float(marks.result.step)
    _matrix(book, sheet, marks, values.round(book.decimals).tolist(), layer, "marks")


def _node_columns(marks: Marks, style: str) -> list[Column]:
    heads = [_head(marks.result.nodes[column]) for column in marks.order]
    return [Column("地区", 16), Column("代码", 14), *(Column(head, 11, style) for head in heads)]


def _head(node: Node) -> str:
    if not node.code:
        return "总分"
    return f"（{node.number}）{node.short}" if node.is_point else f"{node.number} {node.short}".strip()


def _matrix(book: Book, sheet: Worksheet, marks: Marks, values: list[list[float]], layer: Layer, style: str) -> None:
    """Write one row a unit; a cell is a number, empty where nothing is known, or says that nothing applies."""
    units = marks.result.units
    shown, absent = layer.shown.tolist(), marks.absent.tolist()
    for at, unit in enumerate(units, TOP):
        row = at - TOP
        book.text(sheet, at, 0, unit.name, "text")
        book.text(sheet, at, 1, unit.code, "text")
        for place, column in enumerate(marks.order, 2):
            if absent[row][column]:
                book.text(sheet, at, place, ABSENT, "status_absent")
            elif shown[row][column]:
                book.put(sheet, at, place, values[row][column], style)
            else:
                book.put(sheet, at, place, None, "marks_unknown")
    sheet.autofilter(HEAD_ROW, 0, TOP + len(units) - 1, len(marks.order) + 1)


def _rates_down(book: Book, marks: Marks) -> None:
    note = f"得分÷满分，按“{marks.basis.name}”计算；地区较多，全部为数值。"
    sheet = book.sheet("各级得分率", "各级指标和要点得分率", _node_columns(marks, "rate"), note=note, frozen=2)
    _matrix(book, sheet, marks, marks.result.rates.round(10).tolist(), marks.basis, "rate")
    last = TOP + len(marks.result.units) - 1
    sheet.conditional_format(TOP, 2, last, len(marks.order) + 1, dict(SCALE))


def _rates_across(book: Book, marks: Marks) -> None:
    """Write score rates as formulas over the sheet of scores, with a colour scale and the mean of the units."""
    result, layer = marks.result, marks.basis
    columns = [
        Column("编码", 9, "centre"),
        Column("序号", 7, "centre"),
        Column("指标和要点", NAME_WIDTH),
        Column("平均", 9, "rate"),
    ]
    columns += [Column(u.name, 9, "rate") for u in result.units]
    note = f"公式：得分÷满分，取自“{layer.name}”；平均只计有得分率的地区。"
    sheet = book.sheet("各级得分率", "各级指标和要点得分率", columns, note=note, frozen=4)
    sheet.outline_settings(True, False, False, False)  # noqa: FBT003 - XlsxWriter's own order; totals stand above
    last = xl_col_to_name(3 + len(result.units))
    for at, column in enumerate(marks.order, TOP):
        _tree_row(book, sheet, at, result.nodes[column])
        shown = []
        for unit in range(len(result.units)):
            rate = float(result.rates[unit, column]) if layer.shown[unit, column] else None
            shown += [] if rate is None else [rate]
            formula = _rate_formula(result, layer, (unit, column), at)
            book.formula(sheet, (at, 4 + unit), formula, "rate", "" if rate is None else rate)
        mean: float | str = sum(shown) / len(shown) if shown else ""
        book.formula(sheet, (at, 3), f'=IFERROR(AVERAGE(E{at + 1}:{last}{at + 1}),"")', "rate", mean)
    sheet.conditional_format(TOP, 3, TOP + len(marks.order) - 1, 3 + len(result.units), dict(SCALE))


def _rate_formula(result: Result, layer: Layer, cell: tuple[int, int], at: int) -> str:
    """Return score divided by full marks, which stand in the sheet unless part of them does not apply to the unit."""
    unit, column = cell
    score = f"'{layer.name}'!{xl_rowcol_to_cell(at, FIRST_UNIT + unit)}"
    base = int(result.base[cell])
    same = base in {0, result.nodes[column].full}
    full = f"'{layer.name}'!{xl_rowcol_to_cell(at, 4, col_abs=True)}" if same else f"{result.scale.marks(base):f}"
    return f'=IF(ISNUMBER({score}),{score}/{full},"")'
