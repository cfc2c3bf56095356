"""What administrators use: the command line, and the Python client under it."""
