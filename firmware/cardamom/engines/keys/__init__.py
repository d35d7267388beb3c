"""Keys at work: PIN blocks, MACs, key blocks, check values. On psec and cryptography."""
