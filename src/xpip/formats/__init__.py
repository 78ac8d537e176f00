"""Bytes or text to model values and back, one file per specification.

Takes and returns data, never a path to open.
"""
