"""Contactless: entry point and kernels (EMV Contactless Specifications, Books A to C)."""
