"""Setting a terminal up: the questions, their answers, and what is written of them."""
