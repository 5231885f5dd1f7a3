"""The result of a round: its charts, the checks before it is frozen, the signed snapshot, publication."""
