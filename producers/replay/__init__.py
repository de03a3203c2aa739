"""`python -m producers.replay`: a user's own history, from CSV and Parquet, into the same topics as live events."""
