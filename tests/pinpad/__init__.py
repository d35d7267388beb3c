"""PIN entry at a reader's own keys, through a real pcscd."""
