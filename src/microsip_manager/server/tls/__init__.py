"""TLS as the server does it: its certificate while it runs, and who may do without."""
