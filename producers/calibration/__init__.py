"""Calibration: whether a history of the simulated world is what was asked for, figure by figure."""
