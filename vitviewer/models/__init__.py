"""A folder or a name becomes a `VisionModel` that can be trusted.

`sources` finds the folder: bundled, local, or in the hub's cache. `checkpoint` reads it
as a stranger's, with bounds on everything. `families` says what to build for its config
(a `Blueprint`), or why it does not open. `loaders` build it, through transformers or
timm, and report which weights fitted. `loading` then runs it once on grey: layers,
tokens and numbers must be what they should be, and `checks` puts that into words.
`borrowing` does the same with a module that is in memory already.

Here belongs what differs from model to model. How attention is recorded belongs in
`capture`, how pictures are prepared in `inputs`.
"""
