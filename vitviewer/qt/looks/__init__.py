"""How the window looks: its two palettes, icons, fonts and style, by named roles.

Everything that is drawn takes its colours from here by the name of a role, at the time
it is drawn, so that a change of the theme shows at once. The chrome is grey; colour
belongs to the map. What is drawn does not belong here, only what it is drawn with.
"""
