"""The domain: what a city offers, who may have it, by when, and how it is carried out. See README.md in this room."""
