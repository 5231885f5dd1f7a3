"""The signed snapshot of a finished round: one file that anybody can check and compute again without the site."""
