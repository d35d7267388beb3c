"""Real durability: the power cuts again, on a disk that forgets what was not flushed."""
