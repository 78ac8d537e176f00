"""Sources become wheels here: PEP 517 and PEP 660 backends in environments of their own."""
