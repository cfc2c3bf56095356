"""The agent: it runs beside MicroSIP on a PC, watches it, acts on it, and tells a server."""
