"""The test certification authority: keys, and the certificates of EMV 4.4 Book 2."""
