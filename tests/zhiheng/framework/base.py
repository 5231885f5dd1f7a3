"""A framework file in which every check is content, and files made from it by breaking one thing."""

from __future__ import annotations

from pathlib import Path

from zhiheng.framework.load import Loaded, load

MARK = "#<"
"""Comment on the line that a check must name."""
BASE = """\
code: base
version: "1"
title: 示范体系
sources:
  doc: {title: 示范文件}
total: 20
precision: 0.1
level_names: [一级指标, 二级指标, 考核要点]
period: {from: 2024-01-01, to: 2024-12-31, source: doc}
grades:
  kind: thresholds
  source: doc
  bands:
    - {name: 甲等, from: 16}
    - {name: 乙等, from: 10}
    - {name: 丙等, from: 0}
vetoes:
  - id: study
    point: 1
    below: 4
    bars: [甲等]
    source: doc
    text: 未学习的不列甲等
ranking: {source: doc}
not_applicable: {source: doc}
indicators:
  - code: L1-1
    number: "1"
    title: 组织
    short: 组织
    marks: 12
    source: doc
    children:
      - code: L2-1
        number: "1"
        title: 学习
        marks: 6
        source: doc
        points:
          - no: 1
            text: 组织学习的，得4分（未学习的不列甲等）
            short: 学习
            marks: 4
            source: doc
            rule: {kind: yes_no, evidence: 会议通知和纪要, source: doc}
          - no: 2
            text: 举办培训，每次得0.5分，最多得2分
            marks: 2
            source: doc
            rule:
              kind: per_item
              each: 0.5
              cap: 2
              evidence: 培训通知和签到
              source: doc
      - code: L2-2
        number: "2"
        title: 执法
        marks: 6
        source: doc
        points:
          - no: 3
            text: 在专利、商标、版权领域执法，每个领域得1分，最多得3分
            marks: 3
            source: doc
            rule:
              kind: per_field
              each: 1
              cap: 3
              fields: [专利, 商标, 版权]
              evidence: 各领域执法案卷
              source: doc
          - no: 4
            text: 执法成效的评判，得3分
            marks: 3
            source: doc
            rule:
              kind: judged
              steps: [0, 0.5, 1]
              evidence: 执法数据和总结
              source: doc
  - code: L1-2
    number: "2"
    title: 成效
    marks: 8
    source: doc
    children:
      - code: L2-3
        number: "3"
        title: 数据
        marks: 8
        source: doc
        points:
          - no: 5
            text: 办结率达到80%得1分，达到90%得2分
            marks: 2
            source: doc
            rule:
              kind: steps
              measure: "%"
              thresholds:
                - {at: 80, marks: 1}
                - {at: 90, marks: 2}
              evidence: 办结率统计表
              source: doc
          - no: 6
            text: 每万人专利数，与各地比较，得2分
            marks: 2
            source: doc
            rule:
              kind: relative
              measure: 件
              method: rank
              lone: 1
              coverage: 1
              evidence: 统计部门数据
              source: doc
          - no: 7
            text: 发生重大案件，每起扣1分，最多扣2分
            marks: 2
            source: doc
            rule:
              kind: deduct
              each: 1
              cap: 2
              evidence: 案件通报文件
              source: doc
          - no: 8
            text: 满意度
            marks: 2
            source: doc
            rule:
              kind: linear
              measure: 分
              floor: 60
              target: 90
              evidence: 满意度调查报告
              source: doc
          - no: 9
            text: 获上级推广的，每次加0.5分，最多加1分
            marks: 1
            source: doc
            rule:
              kind: bonus
              each: 0.5
              cap: 1
              evidence: 推广文件原文
              source: doc
"""


def edited(*edits: tuple[str, str]) -> str:
    """Return the base file with each text, which must stand in it once, replaced."""
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, f"{text.count(old)} times in the file: {old!r}"
        text = text.replace(old, new)
    return text


def loaded(folder: Path, text: str, name: str = "base.yaml") -> Loaded:
    (folder / name).write_text(text, "utf-8")
    return load(folder / name)


def marked_line(text: str) -> int:
    """Return the line that carries the mark."""
    return next(i for i, line in enumerate(text.splitlines(), 1) if MARK in line)
