"""What travels between machines: one dictionary for the server, the agent and the command line. No I/O."""
