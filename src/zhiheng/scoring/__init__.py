"""From facts to marks to a comparison: points, tree, grade, rank, diagnosis; pure functions of their arguments."""
