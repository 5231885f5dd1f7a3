"""Self-assessment and verification: what units claim and what the office decides, point by point."""
