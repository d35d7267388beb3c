"""ISO 8583 messages from profiles that are data: fields, framing, MAC, mapping of records."""
