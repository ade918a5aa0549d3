"""The machine: files, the process, the screen, shared libraries, our resources.

Only the standard library is imported here, and some of it runs before anything else is
installed: keep this file free of imports. Only the program's doors change the process,
never a class of the library.

Nothing here knows what a picture, a model or a map is.
"""
