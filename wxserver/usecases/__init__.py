"""Use cases: one module per subject. They own the transactions and know neither Flask nor any vendor."""
