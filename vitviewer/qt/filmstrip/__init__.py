"""The opened set as a strip of small pictures; the one that is shown is framed.

`strip` is the view, `delegate` paints a row of it, `rows` says what is in a row.
`thumbnails` makes the small pictures in a thread of its own that stands back behind all
others; `wanted` is what that thread takes its work from. However many pictures there
are, only those near the visible ones are ever looked at.
"""
