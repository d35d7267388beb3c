"""EMV kernels: pure generators that read like the specification."""
