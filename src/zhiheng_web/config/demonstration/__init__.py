"""The demonstration: example accounts and two example rounds, made through the same actions that people use."""

from __future__ import annotations

from zhiheng_web.config.demonstration.load import load

__all__ = ["load"]
