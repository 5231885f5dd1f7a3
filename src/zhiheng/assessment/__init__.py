"""What the units hand in: facts with dates and sources, decisions, published statements, the case."""
