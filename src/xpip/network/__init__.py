"""The only home of sockets.

Knows URLs, origins and bytes; does not know what a project is.
"""
