from __future__ import annotations

from pathlib import Path

import pytest

from zhiheng.assessment.load import load_case
from zhiheng.framework.load import builtin_codes, load_framework
from zhiheng.pipeline import run
from zhiheng.synthesis.simulate import LABEL, simulate


@pytest.mark.parametrize("code", builtin_codes())
def test_simulated_round_is_valid_settled_and_labelled(code: str, tmp_path: Path) -> None:
    simulate(load_framework(code), 12, 5, tmp_path)
    case = load_case(tmp_path)
    result = run(case)
    assert result.settled
    assert result.label == LABEL
    assert len({int(t) for t in result.confirmed[:, 0]}) > 6
    assert not [f for f in result.findings if f.severity != "info"]


def test_same_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    framework = load_framework("jilin-ip-2021")
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(framework, 5, seed, tmp_path / name)
    read = {n: (tmp_path / n / "decisions.csv").read_bytes() for n in "abc"}
    assert read["a"] == read["b"]
    assert read["a"] != read["c"]
