"""The second door: the window.

Widgets write to a `ViewState` and show what it selects; they never call each other. The
`Controller` stands between the state and what is shown, workers run what takes time,
each in a thread of its own. `window` joins what stands around the picture: the
`sentence` above it, `panels` at the right, the `wall` below, the `filmstrip` at the
left, and the `canvas` itself; `looks` has their colours and icons. Imports run
downwards: `lifecycle`, `window`, those rooms, then the modules of this folder,
`widgets`, and `looks`.

Nothing is computed here that a script could want, and nothing outside imports Qt.
"""
