"""An acquirer to talk to: a TLS server with a ledger, and an issuer behind it."""
