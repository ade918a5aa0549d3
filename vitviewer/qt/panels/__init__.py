"""What the docks hold: model, attention, overlay, prediction and trust.

Each panel shows a part of the `ViewState` and writes to it; `docks` ties them to the
controller's news. A panel knows nothing of the others.
"""
