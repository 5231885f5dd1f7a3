"""知衡 zhiheng: indicator systems as data, evidence, exact marks, comparison and the finished official report."""

__version__ = "0.1.0"
