"""The only reader and writer of a target environment, and the only one to ask interpreters."""
