"""Renderers: each turns one neutral document into one file."""
