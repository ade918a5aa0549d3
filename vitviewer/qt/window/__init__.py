"""The main window: menus, keys, drops, messages, and the frame around it all.

Its frame is painted before anything heavy is imported; `MainWindow.furnish` then builds
the canvas, what is `around` it, and the menus. `MainWindow` only connects; each thing
that a user does has a module of its own.
"""
