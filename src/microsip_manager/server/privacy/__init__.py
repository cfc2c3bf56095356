"""What of people is seen by whom, told and forgotten."""
