"""One file for each area of the site, with its addresses at the end."""
