"""The control socket: what `cardamom ...` and a till say to the daemon, and its client."""
