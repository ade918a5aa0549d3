"""Bytes become an upright sRGB `Picture`, or one sentence on why not.

`opening` takes a path, a URL or bytes. `files` opens without waiting, `fetch` downloads
within limits, `signatures` refuses by name what is no picture. `decoding` lets Pillow
decode within `limits`, through `bounded_reads`, since a file of a few bytes can claim
a billion pixels; `pillow_settings` are ours for the length of a decode only. `color`
turns the result upright and into sRGB, with `depth` for values of more than 8 bits.
A TIFF's first page is looked at by `tiff` (`tiff_directory` reads tags, `tiff_layout`
says what they mean); `tiff_samples` and `tiff_pieces` read what Pillow gets wrong, and
`tiff_classic` shows it the others in the order that it knows.
`transparency` and `pyramid` make it ready to be seen.

Nothing here knows of models: how a picture becomes an input belongs in `inputs`.
"""
