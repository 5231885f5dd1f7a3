"""The result of a round as pictures and tables that people can ask: dashboard, heat map, comparison, what-if."""
