"""Measurements of the product against the least that could do the job: `python run.py bench --help`."""
