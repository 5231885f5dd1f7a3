"""The REST API: what programs of the offices read and write, by the rules of the pages."""
