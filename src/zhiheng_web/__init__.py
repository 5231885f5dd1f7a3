"""The site: people, stages, files and audit. It feeds the library and shows its results; it never calculates."""
