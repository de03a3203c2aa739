"""Rewritings of typed patterns, one a file: pure functions that keep the answer and change its price."""
