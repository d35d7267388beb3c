"""A receipt printer: takes ESC/POS on TCP or a PTY, answers status, draws what it prints."""
