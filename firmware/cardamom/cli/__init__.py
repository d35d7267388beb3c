"""`cardamom ...`: what technician, support and till use."""
