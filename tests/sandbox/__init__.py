"""The simulated far sides, tried over real HTTP."""
