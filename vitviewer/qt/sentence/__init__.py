"""The sentence over the window: what is shown, and the popups that change it.

`bar` is the tool bar, `row` lays the parts out and lets them give way, `part` is one of
them. `popup` lists what may be chosen, drawn by `rows`; what is in it for each part is
made by `models`, `methods`, `queries` and `targets`. `trail` goes back and forward,
`telling` gives the same words to the window's title and to those who hear it.

The words themselves are made by `vitviewer.maps.sentence`, not here, and layers and
heads are chosen in the Map, not in a popup.
"""
