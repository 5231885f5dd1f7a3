"""Rounds: a framework, a period, units, and stages with windows; who may write when."""
