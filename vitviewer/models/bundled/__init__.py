"""Procedural pictures with known objects, and the models trained on them.

They come with the program, so that it can show something true at once and offline; and
since it is known which pixels matter in each picture, tests and benchmarks measure maps
against them. ``python -m vitviewer.models.bundled.train`` makes them anew.

Nothing in the program imports this room, and it imports nothing of the program.
"""
