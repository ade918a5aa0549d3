"""What is fuzzed, a module each; see `tests.fuzz`."""
