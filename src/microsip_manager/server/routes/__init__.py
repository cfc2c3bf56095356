"""The HTTP operations, by subject."""
