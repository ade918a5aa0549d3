"""What leaves the program: overlays as PNG, all maps as NPZ, and the figure.

A `Snapshot` holds what is shown, so that it can be written while the window goes on.
A PNG is composed and written in bands of rows: a large picture is never held twice.
Each file carries its provenance: model, picture, processor, versions and choices.

Here belong file formats and names of files. Choosing what is shown belongs in `maps`.
"""
