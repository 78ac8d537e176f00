"""Command line, variables and configuration files become settings, and settings a command."""
