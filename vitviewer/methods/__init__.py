"""How much each token matters: one method a file, beside its paper.

`registry` lists the methods and loads no torch, so that a window can offer them at
once. A method declares the question it answers, what it takes, its settings and the
unit of its values, and computes them from a `Context`: the recording, the tokens, what
is known of the model. To add one, write its file and name it in the registry; window,
command line, Python and exports find it there.

Here belong formulas. No widgets, no files, and no model by its name: what a method
needs of a model it asks for in its declaration.
"""
