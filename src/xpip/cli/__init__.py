"""Command line, variables and configuration files become settings; settings become a running command."""
