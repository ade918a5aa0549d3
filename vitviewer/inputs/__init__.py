"""A picture becomes a model's input, and we know where that input sits on the picture.

The pixels go through transformers' own image processor, on Pillow. `kinds` lists every
processor that is known, and for each of them: how it is made from its settings
(`making`), how it is run (`running`), to which size it resizes (`resizing`), and where
the resized picture then sits inside the input (`placing`). A `Preprocessor` joins these
for one model; each time it compares the size that was worked out with the size of what
the processor made, for a map in the wrong place is worse than none.

Here belongs the way from pixels to tensors. Which processor a family was published with
belongs in `models.families`, how a file becomes pixels in `pictures`.
"""
