"""Score, aggregate and rank through the public API beside pymcdm, scikit-criteria and raw NumPy, in one run."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zhiheng.assessment.load import load_case
from zhiheng.framework.load import load_framework
from zhiheng.framework.model import Framework
from zhiheng.pipeline import run
from zhiheng.scoring.table import Scorer
from zhiheng.synthesis.simulate import simulate

Floats = npt.NDArray[np.float64]
POINTS, GROUPS, PILLARS, SEED = 44, 12, 4, 20240601


def tree(
    rng: np.random.Generator,
) -> tuple[Framework, Floats, npt.NDArray[np.int64], npt.NDArray[np.int64], list[Floats]]:
    """Make the benchmark's tree: 44 min-max points -> 12 -> 4 -> 1 with integer weights; also its NumPy form."""
    sub = np.sort(np.r_[np.arange(GROUPS), rng.integers(0, GROUPS, POINTS - GROUPS)])
    pil = np.sort(np.r_[np.arange(PILLARS), rng.integers(0, PILLARS, GROUPS - PILLARS)])
    weights = [rng.integers(1, 6, n).astype(float) for n in (POINTS, GROUPS, PILLARS)]
    source = {"source": "bench"}

    def point(j: int) -> dict[str, object]:
        rule = {"kind": "relative", "method": "minmax", "measure": "x", "lone": 1, "evidence": "x", **source}
        return {"no": j + 1, "text": f"x{j}", "weight": Decimal(int(weights[0][j])), "rule": rule, **source}

    def group(g: int) -> dict[str, object]:
        points = [point(j) for j in np.flatnonzero(sub == g).tolist()]
        return {"code": f"S{g}", "title": f"S{g}", "weight": Decimal(int(weights[1][g])), "points": points, **source}

    def pillar(p: int) -> dict[str, object]:
        children = [group(g) for g in np.flatnonzero(pil == p).tolist()]
        return {
            "code": f"P{p}",
            "title": f"P{p}",
            "weight": Decimal(int(weights[2][p])),
            "children": children,
            **source,
        }

    framework = Framework.model_validate(
        {
            "code": "bench",
            "version": "1",
            "title": "bench",
            "sources": {"bench": {"title": "bench"}},
            "total": 100,
            "precision": "0.01",
            "level_names": ["a", "b", "c"],
            "period": {"from": "2020", "to": "2020", **source},
            "grades": {"kind": "thresholds", "bands": [{"name": "A", "from": 0}], **source},
            "ranking": {"ties": "best", **source},
            "not_applicable": {"policy": "leaves_base", **source},
            "indicators": [pillar(p) for p in range(PILLARS)],
        }
    )
    local = [w / np.bincount(g, w)[g] for w, g in ((weights[0], sub), (weights[1], pil))]
    top = weights[2] / weights[2].sum()
    effective = local[0] * (local[1] * top[pil])[sub]
    return framework, effective, sub, pil, [local[0], local[1], top]


def median_ms(work: Callable[[], object], seconds: float = 2.0) -> float:
    """Return the median time of `work` in milliseconds over about `seconds`, warm."""
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def numpy_floor(
    values: Floats, sub: npt.NDArray[np.int64], pil: npt.NDArray[np.int64], parts: list[Floats]
) -> Callable[[], object]:
    """Raw NumPy: min-max, three levels, ranks; no rounding, no checks."""
    first = np.eye(GROUPS)[sub] * parts[0][:, None]
    second = np.eye(PILLARS)[pil] * parts[1][:, None]

    def work() -> object:
        low = values.min(0)
        rates = 100 * (values - low) / (values.max(0) - low)
        groups = rates @ first
        pillars = groups @ second
        total = pillars @ parts[2]
        order = np.argsort(-total, kind="stable")
        place = np.empty(len(total), int)
        place[order] = np.arange(1, len(total) + 1)
        return groups, pillars, total, place

    return work


def peers(values: Floats, effective: Floats) -> dict[str, Callable[[], object]]:
    """Return the rivals' own calls; each gives one flat total and its ranks, without the levels between."""
    found: dict[str, Callable[[], object]] = {}
    try:
        from pymcdm import normalizations
        from pymcdm.helpers import rrankdata
        from pymcdm.methods import WSM
    except ImportError:
        print("pymcdm is not installed; run make bench")
    else:
        model, types = WSM(normalizations.minmax_normalization), np.ones(POINTS)
        found["pymcdm"] = lambda: rrankdata(model(values, effective, types))
    try:
        import skcriteria
        from skcriteria.agg.simple import WeightedSumModel
        from skcriteria.pipelines import mkpipe
        from skcriteria.preprocessing.scalers import MinMaxScaler
    except ImportError:
        print("scikit-criteria is not installed; run make bench")
    else:
        pipe = mkpipe(MinMaxScaler(target="matrix"), WeightedSumModel())
        matrix = skcriteria.mkdm(values, [max] * POINTS, weights=effective)
        found["scikit-criteria"] = lambda: pipe.evaluate(matrix).rank_
    return found


def compare(units: int) -> None:
    rng = np.random.default_rng(SEED)
    framework, effective, sub, pil, parts = tree(rng)
    values = np.clip(50 + 15 * rng.normal(size=(units, POINTS)), 1, 100)
    scorer = Scorer(framework)
    found = scorer.score(values)
    floor = numpy_floor(values, sub, pil, parts)
    total = floor()[2]  # type: ignore[index]
    # Ours rounds each point and the total to 0.01: at most half a step each.
    assert np.abs(found.scores[:, 0] / 100 - total).max() <= 0.0101, "ours and NumPy must agree to the rounding"
    ours = median_ms(lambda: scorer.score(values))
    print(f"\n{units} units x {POINTS} points, min-max, 4 levels, ranks (median, warm)")
    print(f"  {'zhiheng (all levels, exact rounding, checks)':48s} {ours:9.3f} ms")
    for name, work in {"NumPy floor (all levels)": floor, **peers(values, effective)}.items():
        other = median_ms(work)
        print(f"  {name:48s} {other:9.3f} ms   {other / ours:6.2f} x ours")


def whole_round(units: int) -> None:
    """Time a whole round: reading the case, intervals of every point, tree, ranks, grades, findings."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(load_framework("jilin-ip-2021"), units, 1, Path(folder))
        start = time.perf_counter()
        case = load_case(folder)
        read = time.perf_counter()
        run(case)
        done = time.perf_counter()
    print(
        f"\n{units} units x 44 points of jilin-ip-2021 from files: read {read - start:.2f} s, score {done - read:.2f} s"
    )


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores")
    compare(10)
    compare(3000)
    whole_round(10)
    whole_round(3000)
