"""Answers to the ports, one folder per far side. See README.md in this room."""
