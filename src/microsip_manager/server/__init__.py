"""The server: hears heartbeats, knows who is available, carries commands to the agents."""
