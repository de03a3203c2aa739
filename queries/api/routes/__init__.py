"""What the API answers, one module for each noun of its paths."""
