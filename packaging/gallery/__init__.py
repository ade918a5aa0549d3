"""Pictures of the program by the program: the README's, and a gallery."""
