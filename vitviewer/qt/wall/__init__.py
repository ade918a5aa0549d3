"""All layers and heads as small maps: the wall, and one layer's row of heads.

Both show the answer that the canvas shows, as one image that `vitviewer.maps.tiles`
composes, and write to the `ViewState` what is clicked. They compose again only when
what they show has changed, and only while they can be seen.
"""
