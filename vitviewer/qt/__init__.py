"""The window: widgets that write to a `ViewState` and show what it selects."""
