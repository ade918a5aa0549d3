"""A real pretrained encoder on real photographs, held to float64 from end to end.

Random weights hide what real ones do: heads that attend to one token almost alone,
sinks, activations that grow with depth. Where the package with the weights is not
installed, all of this is skipped, with that reason.
"""
