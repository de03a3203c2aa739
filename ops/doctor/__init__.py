"""Looks an installation over: each finding says what is so, whether that is right, and what to do if not."""
