"""One SQLite file: the journal with its view, and the vault of sealed card data."""
