"""`make run`: history, a live stream on top of it, an account of every event, and a tour of answers."""
