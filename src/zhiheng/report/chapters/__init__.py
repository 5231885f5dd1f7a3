"""The chapters of the report: each turns a case and its result into blocks."""
