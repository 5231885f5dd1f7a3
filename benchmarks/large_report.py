"""The report of a ranking of 3,000 units: each format as a process with its peak memory, beside a bare table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

UNITS = 3_000
FORMATS = ("docx", "pdf", "html", "xlsx")
MIB = 1024**2
BEFORE = """
import json, resource, sys, time
from pathlib import Path
start = time.perf_counter()
def done(**more):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": time.perf_counter() - start, "peak": peak, **more}))
"""
SCORE = """
from zhiheng.assessment.load import load_case
from zhiheng.pipeline import run
result = run(load_case(sys.argv[1]))
rows = [(u.rank, u.name, *(float(v) for v in scores)) for u, scores in zip(result.units, result.scores, strict=True)]
Path(sys.argv[2]).write_text(json.dumps(rows), "utf-8")
done()
"""
REPORT = """
from zhiheng.assessment.load import load_case
from zhiheng.pipeline import run
from zhiheng.report.build import build
from zhiheng.report.job import Job
case = load_case(sys.argv[1])
result = run(case)
scored = time.perf_counter()
build(case, result, Path(sys.argv[2]), Job(formats=tuple(sys.argv[3].split(","))))
done(report=time.perf_counter() - scored)
"""
SHEET_FLOOR = """
import xlsxwriter
rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
start = time.perf_counter()
book = xlsxwriter.Workbook(sys.argv[2])
sheet = book.add_worksheet()
for at, row in enumerate(rows):
    sheet.write_row(at, 0, row)
book.close()
done()
"""
TYPST_FLOOR = """
import typst
rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
start = time.perf_counter()
cells = "".join(f"[{r[0]}],[{r[1]}],[{r[2]}],\\n" for r in rows)
typst.compile(f'#set text(font: "Noto Serif SC")\\n#table(columns: 3, {cells})'.encode(), output=sys.argv[2])
done()
"""


def measured(script: str, *arguments: str) -> dict[str, float]:
    """Return seconds and peak memory of a script in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", BEFORE + script, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def line(name: str, found: dict[str, float], path: Path | None = None, beside: str = "") -> None:
    size = f"{path.stat().st_size / MIB:7.2f} MiB" if path else " " * 11
    print(f"  {name:46s} {found['seconds']:7.2f} s  peak {found['peak'] / MIB:6.0f} MiB  {size}  {beside}")


def main() -> None:
    print(f"{UNITS} units x 44 points, {os.cpu_count()} cores, one cold process each")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case, rows = folder / "case", folder / "rows.json"
        zhiheng = str(Path(sys.executable).parent / "zhiheng")
        command = [zhiheng, "-q", "simulate", "jilin-ip-2021", "--units", str(UNITS), "--seed", "1", "--out", str(case)]
        subprocess.run(command, check=True, capture_output=True)
        line("read and score alone", measured(SCORE, str(case), str(rows)))
        sheet, page = folder / "floor.xlsx", folder / "floor.pdf"
        floors = {
            "xlsx": measured(SHEET_FLOOR, str(rows), str(sheet)),
            "pdf": measured(TYPST_FLOOR, str(rows), str(page)),
        }
        line("floor: the marks as one XlsxWriter sheet", floors["xlsx"], sheet)
        line("floor: the ranking as one Typst table", floors["pdf"], page)
        for form in FORMATS:
            found = measured(REPORT, str(case), str(folder / form), form)
            floor = floors.get(form)
            beside = f"{found['report']:.2f} s without scoring"
            beside += f", {found['report'] / floor['seconds']:.1f} x its floor" if floor else ""
            line(f"report.{form}", found, folder / form / f"report.{form}", beside)
        found = measured(REPORT, str(case), str(folder / "all"), ",".join(FORMATS))
        line("all four files in one process", found, None, f"{found['report']:.2f} s without scoring")


if __name__ == "__main__":
    main()
