"""Rectification: lost marks as items with owner, deadline, proof and re-check, carried into the next round."""
