"""Quix Streams as a peer of the stream processors, in a virtual environment of its own: it needs an older client."""
