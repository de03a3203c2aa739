"""The features once more, by SQL from the raw rows: at any moment, and of everybody beside what is stored."""
