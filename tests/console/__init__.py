"""Tools for the web console."""
