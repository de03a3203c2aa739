"""What the shop's people decide from: use cases and reports, each in steps that end in a conclusion."""
