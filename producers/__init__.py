"""What makes and replays events."""
