"""Other graph databases with the same data, asked the same 20 questions."""
