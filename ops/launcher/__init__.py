"""What runs in front of each part of the embedded stack: it waits for what the part needs, then becomes the part.

Imports the standard library alone, so that six of them start at once in a blink.
"""
