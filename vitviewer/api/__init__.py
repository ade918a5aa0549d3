"""The third door: what ``import vitviewer`` offers to Python, without Qt or a display.

Here belong the objects that a notebook holds and how they show themselves. What they
are computed from belongs to the engine and to maps.
"""
