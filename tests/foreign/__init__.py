"""Cards that nobody of this project wrote, through the in-process reader."""
