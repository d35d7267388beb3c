"""Receipts: record to lines, lines to ESC/POS or to a picture, and the queue of what is owed."""
