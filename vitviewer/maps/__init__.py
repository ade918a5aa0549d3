"""Choices and an answer become one map, its words, its range and its colours.

All of it is NumPy over small arrays, so that scrubbing through layers and heads never
waits for the model. `state` holds the choices, `selection` picks and fuses values,
`resolve` makes of both the one frozen value that window, exports, command line and
Python show; `sentence` says what it is, with the phrases of `words` and the names of
`naming`. `colormaps`, `style` and `presets` say how it is painted, `colors` gives its
values colours, `contours` finds its lines, `compose` lays it on a picture for exports,
`mosaic` and `tiles` make the wall, and `stack` holds all layers for a file. `targets`
finds the class that somebody names.

Here belongs what is shown. No torch, no files, no Qt, and no engine: whoever holds an
answer can make a map of it.
"""
