"""Copies of an installation that can be checked and taken back: database, files and keys in one archive."""
