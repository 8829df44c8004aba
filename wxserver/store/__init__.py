"""The store: tables and queries, one module per subject. Nothing in here commits by itself."""
