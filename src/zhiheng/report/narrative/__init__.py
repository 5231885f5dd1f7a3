"""Chinese prose made from facts and results."""
