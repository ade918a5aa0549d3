"""The dialog that finds a model: bundled, on this machine, or on the hub.

`rows` decides what is listed, as plain data; `model_list` and `delegate` show it;
`hub_session` asks the hub from threads of its own, which end with the dialog.

What is asked and downloaded belongs in `vitviewer.models.hub`.
"""
