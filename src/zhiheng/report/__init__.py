"""The finished report: content, figures, prose, and the renderers that write the files."""
