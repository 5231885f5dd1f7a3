"""Work in the background: a queue in the database, so that a restart neither loses nor doubles a job."""
