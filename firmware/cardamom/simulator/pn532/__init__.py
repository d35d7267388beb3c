"""A PN532 on a pseudo-terminal: the chip, its radio, and the cards in its field."""
