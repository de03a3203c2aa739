"""Inputs that nobody meant, against everything that reads bytes or text from outside: `python -m tests.fuzz TARGET`."""
