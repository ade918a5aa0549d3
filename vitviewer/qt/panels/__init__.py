"""What stands at the right: *Map*, the essentials, and the sections of *Details*.

`map` has layer, head, averaging, opacity and the colour bar. The sections are
prediction, trust, method, display, and model and input; `details` folds them. Each
shows a part of the `ViewState` and writes to it; `panels` ties them to the controller's
news. A panel knows nothing of the others.
"""
