"""The first door: the words on the command line, and what they print.

`main` runs one of the commands, whose words stand in `arguments`; `choice` turns the
options of an export into a view, as the window's controls do.

Here belongs what only a terminal needs. What a script would want as well belongs in the
room that computes it, or in `api`.
"""
