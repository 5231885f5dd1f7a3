"""Where the library calculates for dashboards: results, charts, accounts of marks and what-if."""
