"""What we are measured against: small servers that do what a README or a first draft would do, and no more."""
