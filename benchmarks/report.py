"""The four report files of the Jilin case as a cold process, and Typst beside LibreOffice, in one run."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASE = "jilin-2021-example"
RUNS = 5
TYPST_STEP = """
import sys, time
from pathlib import Path
from zhiheng.assessment.load import load_case
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.render import pdf
from zhiheng.report.render.svg import Drawer

case = load_case(sys.argv[1])
document = compose(case, run(case))
drawer = Drawer()
svgs = {f.key: drawer.draw(f.option, f.width_mm * 3.78, f.height_mm * 3.78) for f in document.figures()}
start = time.perf_counter()
pdf.render(document, Path(sys.argv[2]), svgs=svgs, font_folders=[])
print(time.perf_counter() - start)
"""


def seconds(command: list[str], runs: int = RUNS) -> float:
    """Return the median wall time of a command over some runs, after one that is not counted."""
    times = []
    for turn in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        if turn:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    zhiheng = str(Path(sys.executable).parent / "zhiheng")
    print(f"case {CASE}, {os.cpu_count()} cores, median of {RUNS} cold processes")
    with tempfile.TemporaryDirectory() as folder:
        floor = seconds([sys.executable, "-c", "import numpy"])
        print(f"  floor: Python with NumPy imported            {floor:7.2f} s")
        scored = seconds([zhiheng, "-q", "score", CASE])
        print(f"  zhiheng score                                {scored:7.2f} s")
        for formats in ("docx,pdf,html,xlsx", "pdf", "docx", "html", "xlsx"):
            taken = seconds([zhiheng, "-q", "report", CASE, "--out", folder, "--formats", formats])
            print(f"  zhiheng report --formats {formats:19s} {taken:7.2f} s")
            if formats == "pdf":
                pdf = taken
        command = [sys.executable, "-c", TYPST_STEP, CASE, str(Path(folder) / "step.pdf")]
        steps = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(RUNS)]
        step = statistics.median(float(text) for text in steps)
        print(f"  of which the Typst step, first in its process {step:7.2f} s")
        if shutil.which("soffice"):
            profile = f"-env:UserInstallation=file://{folder}/profile"
            docx = str(Path(folder) / "report.docx")
            command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, docx]
            office = seconds(command, 3)
            ratio = f"{office / step:5.1f} x the Typst step, {office / pdf:4.2f} x our whole PDF process"
            print(f"  LibreOffice: the same report.docx to PDF      {office:7.2f} s   {ratio}")
        else:
            print("  LibreOffice is not installed; its step is left out")


if __name__ == "__main__":
    main()
