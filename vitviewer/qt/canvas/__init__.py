"""The middle of the window: the picture, the map over it, and the pointer.

The map is never blown up to the picture's size: the painter scales its few values, so
that a scrub costs the same whatever the picture. Scene coordinates are pixels of the
upright picture.

Which map is shown is decided in `vitviewer.maps`; here it is painted.
"""
