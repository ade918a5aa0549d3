"""One forward pass becomes a `Recording` of every layer's attention, and a proof of it.

A model is run once, as it is, while `attention_function` (a function of ours within
transformers' attention interface) or `function_modes` (torch's own hooks on functions)
keeps each layer's queries and keys. Attention itself is never kept: N tokens have N × N
weights in every head of every layer. `Recording` computes the rows and columns that are
asked for from q and k, columns with the normalisers that the attention kernel itself
had of each row (`kernel`). `verification` multiplies some of those rows by the
values, and by the output projection, and compares with what the model itself computed.

Methods that need more run the same pass again (`replay`): `direct_path` takes what
blocks write as given, `gradients` differentiates, `carried` follows values to their
projection, `hiding` lets nothing read some tokens.

Here belongs whatever watches, changes or proves a pass. What is made of a recording
belongs in `methods`, which layers a model has in `models`.
"""
