"""What each screen looks like: one function a screen, drawing its content and naming its keys."""
