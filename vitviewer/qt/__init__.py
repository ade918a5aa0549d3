"""The second door: the window.

Widgets write to a `ViewState` and show what it selects; they never call each other. The
`Controller` stands between the state and what is shown, workers run what takes time,
each in a thread of its own. Imports run downwards: `lifecycle`, `window`, then
`panels`, `picker` and `canvas`, then the modules of this folder, then `widgets`.

Nothing is computed here that a script could want, and nothing outside imports Qt.
"""
