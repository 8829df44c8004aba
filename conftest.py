"""Registers the project's own pytest plugins; being here it also puts the project's root on the import path."""

pytest_plugins = ("tests.plugins.rules", "tests.database")
