"""Start, session, signals, crashes and the end: what happens around the window.

The order of a start matters: the window is painted first, then furnished, then a
picture is shown, then the model is loaded, whose imports take seconds.

Here belongs what runs once. What the window does while it is open belongs in `window`.
"""
