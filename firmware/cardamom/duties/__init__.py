"""What the terminal does unasked: requests to the host, what is owed, health."""
