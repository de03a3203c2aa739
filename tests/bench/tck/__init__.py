"""The openCypher TCK's read-only scenarios against the compiler and the embedded engine."""
