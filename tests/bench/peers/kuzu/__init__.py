"""Kuzu, as its successor ladybug (Kuzu itself is no longer maintained), in the bench's own process."""
