"""The third door: what `import vitviewer` offers to scripts and notebooks.

Here belong the classes that a script holds, under the words that the window and the
command line use, and how they show themselves in a notebook. Nothing here computes: an
`Engine` does, and `maps` selects. No Qt, no display, no change to the process.
"""
