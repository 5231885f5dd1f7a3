"""The workbook round trip: out with a unit's answers, in with what it filled in offline, shown before it counts."""
