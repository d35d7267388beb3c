"""What a person asks for, one file an operation; desk.py is the one door."""
