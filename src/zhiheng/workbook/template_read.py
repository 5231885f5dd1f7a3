"""Reads a framework template into the YAML text of a framework file, and names the cell of everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from zhiheng.errors import Problem, WorkbookError
from zhiheng.framework.model import Framework
from zhiheng.framework.rules import OURS
from zhiheng.framework.yaml_lines import Path as Place
from zhiheng.framework.yaml_lines import Plain, read
from zhiheng.workbook import template_layout as layout
from zhiheng.workbook.table import Cell, Row, Sheets
from zhiheng.workbook.template_faults import fault_message
from zhiheng.workbook.template_layout import PARAMETERS, SETTINGS, SOURCED, Field, Words
from zhiheng.workbook.template_yaml import yaml_text
from zhiheng.workbook.text import narrow
from zhiheng.workbook.values import date_text, read_number, read_point

_NUMBERS = frozenset(
    {"total", "precision", "marks", "weight", "each", "cap", "floor", "target", "lone", "coverage", "below"}
)
_MANY = re.compile(r"[、,，;；\s]+")
_PAIR = re.compile(r"[^\d+-]*([-+]?\d+(?:\.\d+)?)[^\d.:：=＝得+-]*[:：=＝得]+\s*([-+]?\d+(?:\.\d+)?)\s*分?")
_UNION_TAGS = frozenset({*PARAMETERS, *layout.GRADE_KINDS})
Data = dict[str, Plain]


def read_framework_template(path: Path) -> str:
    """
    Return the YAML text of the framework in a template.

    Parameters
    ----------
    path
        The filled template.

    Returns
    -------
    str
        Text that `zhiheng.framework.load.load` accepts as a file. A setting for which the template names no source
        says `source: ours` with its reason, or with `template_layout.OURS_REASON`.

    Raises
    ------
    FileMissingError
        If there is no such file.
    WorkbookError
        If the file as a whole cannot be used, or cells are wrong: one problem each, with sheet and cell as its field.
    """
    reader = _Reader(Sheets(path))
    data = reader.framework()
    text = yaml_text(data)
    reader.validate(text)
    if reader.problems:
        msg = f"模板有{len(reader.problems)}处需要改正。"
        raise WorkbookError(msg, reader.problems)
    return text


class _Reader:
    """Builds the data of a framework file, and remembers the cell of every value."""

    def __init__(self, sheets: Sheets) -> None:
        self.sheets = sheets
        self.problems: list[Problem] = []
        self.places: dict[Place, Cell] = {}
        self.sources: set[str] = set()

    def framework(self) -> Data:
        """Return the data; what is wrong is in `problems`."""
        table = self.sheets.table(layout.INFO, _INFO_HEADS, ("name", "value"))
        names = {narrow(field.head): field for field in SETTINGS}
        rows = {field.key: row for row in table if (field := names.get(narrow(row["name"].text)))}
        sources = self._sources()
        data: Data = {}
        for field in SETTINGS:
            if field.key in rows:
                self._setting(data, field, rows[field.key])
        data["sources"] = sources
        grades = data.get("grades")
        if isinstance(grades, dict):
            self._grades(grades)
        level_names = data.get("level_names")
        names_given = [str(name) for name in level_names] if isinstance(level_names, list) else []
        if vetoes := self._vetoes():
            data["vetoes"] = vetoes
        data["indicators"] = self._tree(names_given)
        return {key: data[key] for key in _ORDER if key in data}

    def _problem(self, cell: Cell, message: str) -> None:
        row = re.sub(r"\D", "", cell.address)
        self.problems.append(Problem(f"{message}。", "", int(row) if row else None, _field(cell)))

    def _setting(self, data: Data, field: Field, row: Row) -> None:
        """Put one basic setting into the data; a dotted key goes into a part of its own, which may name its source."""
        group, _, name = field.key.partition(".")
        place: Place = (group, name) if name else (group,)
        self.places[place] = row["value"]
        target = data
        if name:
            part = data.setdefault(group, {})
            assert isinstance(part, dict)
            target = part
            self.places.setdefault((group,), row["value"])
        value = self._value(field, row["value"])
        if value is not None:
            target[name or group] = value
        if field.key in SOURCED:
            target |= self._origin(row["source"], row["reason"], (group,))

    def _value(self, field: Field, cell: Cell) -> Plain:
        """Return the content of a cell as its column means it, or None where it is empty or wrong."""
        text = cell.text
        if not text:
            return None
        if field.words:
            return self._word(cell, field.words)
        key = field.key.rpartition(".")[2]
        if key in _NUMBERS:
            return self._number(cell, text)
        if key in {"from", "to"}:
            return date_text(text)
        return self._many(key, cell)

    def _many(self, key: str, cell: Cell) -> Plain:
        """Return what a cell lists, or its text where its column holds no list."""
        text = cell.text
        if key in {"level_names", "bars"}:
            return [part for part in _MANY.split(text) if part]
        if key == "ambiguities":
            return self._pairs(cell, ("：", ":"), ("id", "text"))
        if key == "titles":
            return self._pairs(cell, ("｜", "|"), ("text", "where"))
        if key == "fields":
            lines = text.split("\n") if "\n" in text else re.split(r"[、；;]", text)
            return [line.strip() for line in lines if line.strip()]
        if key == "steps":
            return [self._number(cell, part) for part in _MANY.split(text) if part]
        if key == "thresholds":
            return self._thresholds(cell)
        return text

    def _word(self, cell: Cell, words: Words) -> Plain:
        known = {narrow(word): value for value, word in words.items()} | {value: value for value in words}
        value = known.get(narrow(cell.text))
        if value is None:
            self._problem(cell, f"“{cell.text}”不在规定的选项之内，请选{'、'.join(words.values())}中的一个")
        return {"true": True, "false": False}.get(value, value) if value is not None else None

    def _number(self, cell: Cell, text: str) -> Plain:
        share = narrow(text).endswith("%")
        number = read_number(narrow(text).removesuffix("%"))
        if number is None:
            self._problem(cell, f"“{text}”不是数字")
            return None
        return number / 100 if share else number

    def _pairs(self, cell: Cell, marks: tuple[str, str], keys: tuple[str, str]) -> list[Plain]:
        found: list[Plain] = []
        for line in cell.text.split("\n"):
            places = [at for mark in marks if (at := line.find(mark)) >= 0]
            if not places:
                self._problem(cell, f"“{line[:20]}”里没有“{marks[0]}”，请一行写一条，中间用“{marks[0]}”隔开")
                continue
            at = min(places)
            found.append({keys[0]: line[:at].strip(), keys[1]: line[at + 1 :].strip()})
        return found

    def _thresholds(self, cell: Cell) -> list[Plain]:
        found: list[Plain] = []
        for line in re.split(r"[\n；;]", cell.text):
            match = _PAIR.fullmatch(narrow(line))
            if match:
                found.append({"at": Decimal(match[1]), "marks": Decimal(match[2])})
            elif line.strip():
                self._problem(cell, f"“{line.strip()[:20]}”不是一档，请写成 数值：得分，例如 60：1")
        return found

    def _origin(self, source: Cell, reason: Cell, place: Place) -> Data:
        """Return source and reason of a setting; without either it is ours."""
        self.places[(*place, "source")] = source
        self.places[(*place, "reason")] = reason
        text, why = source.text, reason.text
        if not text:
            return {"source": OURS, "reason": why or layout.OURS_REASON}
        if narrow(text).lower() in {OURS, layout.OURS_ZH}:
            if not why:
                self._problem(reason, f"来源是“{layout.OURS_ZH}”的，请写明理由")
            return {"source": OURS, "reason": why}
        if text not in self.sources:
            self._problem(source, f"来源“{text}”不在“{layout.SOURCES}”表的代号之内")
        return {"source": text, "reason": why} if why else {"source": text}

    def _rows(self, name: str, fields: tuple[Field, ...], needed: tuple[str, ...]) -> Iterable[Row]:
        table = self.sheets.table(name, layout.heads(fields), needed)
        for key in table.missing:
            head = layout.heads(fields)[key][0]
            self._problem(Cell("", name, ""), f"缺少“{head}”一列，请不要删除列")
        return table

    def _sources(self) -> Data:
        found: Data = {}
        for row in self._rows(layout.SOURCES, layout.SOURCE_COLUMNS, ("key", "title")):
            key = row["key"].text
            if not key or key in found or narrow(key).lower() in {OURS, layout.OURS_ZH}:
                why = f"代号“{key}”重复或者不能用作代号" if key else "这一行没有写代号"
                self._problem(row["key"], f"{why}，请写一个不同的代号")
                continue
            self.places[("sources", key)] = row["key"]
            found[key] = self._cells(row, layout.SOURCE_COLUMNS[1:], ("sources", key))
        self.sources = set(found)
        self.places[("sources",)] = Cell("", layout.SOURCES, "")
        if not found:
            self._problem(self.places[("sources",)], "至少写明一个来源文件")
        return found

    def _cells(self, row: Row, fields: Iterable[Field], place: Place) -> Data:
        """Return the filled cells of a row by key, and remember the places of all."""
        found: Data = {}
        for field in fields:
            self.places[(*place, field.key)] = row[field.key]
            value = self._value(field, row[field.key])
            if value is not None:
                found[field.key] = value
        return found

    def _grades(self, grades: Data) -> None:
        """Put the rows of the grades into the setting; their kind decides what the number means."""
        quota = grades.get("kind") == "quota"
        group, key = ("shares", "share") if quota else ("bands", "from")
        rows: list[Plain] = []
        self.places[("grades", group)] = Cell("", layout.GRADES, "")
        for row in self._rows(layout.GRADES, layout.GRADE_COLUMNS, ("name", "value")):
            place: Place = ("grades", group, len(rows))
            self.places |= {place: row["name"], (*place, "name"): row["name"], (*place, key): row["value"]}
            entry: Data = {"name": row["name"].text}
            if row["value"].text:
                entry[key] = self._number(row["value"], row["value"].text)
            rows.append(entry)
        if not rows:
            self._problem(Cell("", layout.GRADES, ""), "至少写明一个等次")
        grades[group] = rows
        if not quota:
            for unused in ("rounding", "ties"):
                if grades.pop(unused, None) is not None:
                    self._problem(self.places[("grades", unused)], "按分数线评定等次的不填这一项，请删去")

    def _vetoes(self) -> list[Plain]:
        found: list[Plain] = []
        for row in self._rows(layout.VETOES, layout.VETO_COLUMNS, ("id", "point", "below")):
            place: Place = ("vetoes", len(found))
            self.places[place] = row["id"]
            fields = [f for f in layout.VETO_COLUMNS if f.key not in {"source", "reason", "point"}]
            veto = self._cells(row, fields, place)
            no = self._no(row["point"])
            if no is not None:
                veto["point"] = no
            found.append({**veto, **self._origin(row["source"], row["reason"], place)})
        return found

    def _no(self, cell: Cell) -> int | None:
        no = read_point(cell.text)
        if no is None:
            self._problem(cell, f"“{cell.text}”不是要点序号，请填数字" if cell.text else "请填要点序号")
        return no

    def _tree(self, level_names: list[str]) -> list[Plain]:
        """Nest the rows: an indicator belongs to the last row of the level above it, a point to the last indicator."""
        top: list[Plain] = []
        above: list[tuple[Data, Place]] = []
        levels = {narrow(name): at for at, name in enumerate(level_names)}
        for row in self._rows(layout.NODES, layout.ALL_NODE_COLUMNS, ("level", "code", "title", "kind")):
            level = levels.get(narrow(row["level"].text))
            if level is None:
                listed = "、".join(level_names)
                self._problem(row["level"], f"层级“{row['level'].text}”不在“各级名称”（{listed}）之内")
                continue
            is_point = level == len(level_names) - 1
            if (is_point and not above) or (not is_point and level > len(above)):
                self._problem(row["level"], "这一行上面缺少它所属的上一级指标")
                continue
            if not is_point:
                above = above[:level]
            siblings, place = self._siblings(top, above, "points" if is_point else "children")
            place = (*place, len(siblings))
            self.places[place] = row["code"]
            node = self._point(row, place) if is_point else self._indicator(row, place)
            siblings.append(node)
            if not is_point:
                above.append((node, place))
        self.places[("indicators",)] = Cell("", layout.NODES, "")
        if not top:
            self._problem(self.places[("indicators",)], "还没有填写指标")
        return top

    @staticmethod
    def _siblings(top: list[Plain], above: list[tuple[Data, Place]], group: str) -> tuple[list[Plain], Place]:
        if not above:
            return top, ("indicators",)
        parent, place = above[-1]
        siblings = parent.setdefault(group, [])
        assert isinstance(siblings, list)
        return siblings, (*place, group)

    def _indicator(self, row: Row, place: Place) -> Data:
        for field in (*layout.RULE_COLUMNS, *layout.PERIOD_COLUMNS, *layout.ORIGIN_COLUMNS[:2]):
            if row[field.key].text:
                self._problem(row[field.key], f"指标不填“{field.head}”，请删去，或者把层级改为要点")
        node = self._cells(row, (f for f in layout.NODE_COLUMNS if f.key != "level"), place)
        origin = self._origin(row["source"], row["reason"], place)
        return {**node, **origin, **self._cells(row, layout.ORIGIN_COLUMNS[4:], place)}

    def _point(self, row: Row, place: Place) -> Data:
        for key, head in (("number", "印刷序号"), ("aggregate", "汇总方式"), ("titles", "其他写法")):
            if row[key].text:
                self._problem(row[key], f"要点不填“{head}”，请删去")
        keys = ("title", "short", "marks", "weight")
        node = self._cells(row, (f for f in layout.NODE_COLUMNS if f.key in keys), place)
        self.places |= {(*place, "text"): row["title"], (*place, "no"): row["code"]}
        no, text = self._no(row["code"]), node.pop("title", None)
        point: Data = {key: value for key, value in (("no", no), ("text", text)) if value is not None}
        point |= node | self._origin(row["source"], row["reason"], place)
        point["rule"] = self._rule(row, (*place, "rule"))
        return point | self._cells(row, layout.ORIGIN_COLUMNS[4:5], place)

    def _rule(self, row: Row, place: Place) -> Data:
        rule = self._cells(row, layout.RULE_COLUMNS, place)
        self.places[place] = row["kind"]
        kind = rule.get("kind")
        if not row["kind"].text:
            self._problem(row["kind"], "请选计分规则")
        if isinstance(kind, str):
            used = {"kind", "evidence", "precision", *PARAMETERS[kind]}
            for field in layout.RULE_COLUMNS:
                if field.key in rule and field.key not in used:
                    self._problem(row[field.key], f"“{layout.KINDS[kind]}”规则不用“{field.head}”，请删去")
        if row["from"].text or row["to"].text:
            here: Place = (*place, "period")
            period = self._cells(row, layout.PERIOD_COLUMNS[:2], here)
            self.places[here] = row["from"]
            rule["period"] = {**period, **self._origin(row["period_source"], row["period_reason"], here)}
        return {**rule, **self._origin(row["rule_source"], row["rule_reason"], place)}

    def validate(self, text: str) -> None:
        """Add what the model of a framework refuses, at cells for which nothing is said yet."""
        known = {problem.field for problem in self.problems}
        try:
            Framework.model_validate(read(text, "").data)
        except ValidationError as error:
            for fault in error.errors():
                place = tuple(part for part in fault["loc"] if part not in _UNION_TAGS)
                key, message = fault_message(fault)
                cell = self._cell((*place, key))
                if _field(cell) not in known:
                    self._problem(cell, message)

    def _cell(self, place: Place) -> Cell:
        while place not in self.places and place:
            place = place[:-1]
        return self.places.get(place, Cell("", layout.INFO, ""))


def _field(cell: Cell) -> str:
    return f"{cell.sheet}!{cell.address}" if cell.address else cell.sheet


_INFO_HEADS: Mapping[str, tuple[str, ...]] = {
    "name": ("项目",), "value": ("填写",), "source": ("来源",), "reason": ("理由",),
}  # fmt: skip
_ORDER = (
    "code", "version", "title", "subject", "language", "extends", "sources", "total", "precision", "level_names",
    "period", "grades", "vetoes", "ranking", "not_applicable", "aggregate", "ambiguities", "indicators",
)  # fmt: skip
"""Keys in the order of the built-in frameworks."""
