"""Power cuts: a whole terminal is killed at each journal write and each send."""
