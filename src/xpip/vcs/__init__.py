"""Repositories: mirrors in the store and trees taken out of them, by their own programs."""
