"""Objections of units to marks, and what the office answers."""
