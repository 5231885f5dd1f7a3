"""Workbooks that people fill in offline: the self-assessment of a unit, and the template of a framework."""
