"""Hostile bytes are parsed in a child process whose time and memory are bounded; its answer is plain JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.refusal import COMPLEX, EvidenceRefusedError

_CHILD = "zhiheng_web.evidence.inspection.child"
# Starting the interpreter is not the file's fault.
_START_SECONDS = 15


def call(task: str, path: Path, limits: Limits, **arguments: str | int) -> dict[str, Any]:
    """
    Let a child process read a file.

    Parameters
    ----------
    task
        Name of a task of the child.
    path
        The file.
    limits
        Bounds; `seconds` and `memory` are enforced by the system where it can.
    arguments
        What else the task needs.

    Returns
    -------
    The answer of the task.

    Raises
    ------
    EvidenceRefusedError
        The task refused the file, ran out of time or memory, or crashed on it.
    RuntimeError
        The child could not start: an error of the installation, not of the file.
    """
    request = {"task": task, "path": str(path.resolve()), "limits": asdict(limits), "arguments": arguments}
    try:
        done = subprocess.run(  # noqa: S603 - our own module; nothing of the file is on the command line
            [sys.executable, "-P", "-B", "-m", _CHILD],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=limits.seconds + _START_SECONDS,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise COMPLEX.error(reason="time") from error
    if done.returncode < 0:
        raise COMPLEX.error(reason=f"signal {-done.returncode}")
    if done.returncode > 0:
        message = f"the inspection process failed: {done.stderr[-2000:].decode(errors='replace')}"
        raise RuntimeError(message)
    answer: dict[str, Any] = json.loads(done.stdout)
    if refused := answer.get("refused"):
        raise EvidenceRefusedError(refused["code"], refused["template"], **refused["details"])
    return answer


def _environment() -> dict[str, str]:
    """Return an environment without our secrets in which the same modules are found."""
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR") if key in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
