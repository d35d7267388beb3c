"""A chip card that computes real cryptograms; the wire is at APDU level."""
