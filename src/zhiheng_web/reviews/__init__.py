"""Experts: who marks what, blind and double, and how well they agree."""
