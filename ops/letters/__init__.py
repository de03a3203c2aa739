"""Dead letters as an operator works with them: which there are, what each holds, and sending them again."""
