"""Backups of an installation's own state: a folder with what another machine needs of C360_HOME, and sums of it."""
