"""Thirteen months of history, laid once, whatever interrupts it."""
