"""What starts, watches and documents a running system."""
