"""Tells what happened in a transaction, and names every byte of chip data."""
