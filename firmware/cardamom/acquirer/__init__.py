"""The TLS link to the acquirer: connect, sign on, match answers, reconnect. No policy."""
