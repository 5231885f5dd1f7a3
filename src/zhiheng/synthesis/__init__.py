"""Cases that no office made: reconstructions of published rounds and synthetic rounds, always labelled."""
