"""What the whole house speaks of: money, card numbers, transactions, what screens and slips say."""
