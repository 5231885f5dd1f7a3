"""Frameworks on the site: uploaded, checked, previewed, and locked once a round uses them."""
