"""The only home of httpx and of sockets.

Knows URLs, origins and bytes; does not know what a project is.
"""
