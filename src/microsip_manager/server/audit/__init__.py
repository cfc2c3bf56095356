"""Who did what: taken at the edge, chained, kept and checked."""
