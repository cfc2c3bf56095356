"""Certificates: the private authority, the server's certificate, and whom a client believes."""
