"""Use cases: values in, values out. They never print and never read settings."""
