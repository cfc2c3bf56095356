"""From the older TCP/UDP system to this one: its settings and its call history."""
