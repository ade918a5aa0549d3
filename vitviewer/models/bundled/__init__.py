"""Procedural pictures with known objects, and the models trained on them."""
