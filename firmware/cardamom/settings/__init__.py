"""Typed settings: each option once, with type, default, check and a line of help."""
