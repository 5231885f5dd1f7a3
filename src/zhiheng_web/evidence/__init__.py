"""Evidence: files that units hand in, checked, kept once and served with care."""
