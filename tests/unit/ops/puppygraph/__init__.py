"""The graph view on its way to PuppyGraph."""
