"""A checked folder and a blueprint become a module with its weights, and a report.

There are two: `transformers`, and `timm` for models that timm describes and builds.
Both own their weights in memory, compare every tensor's name and shape, and say in a
`LoadReport` which of them fitted.

What a pass then gives belongs in `vision_model`, whether to believe it in `checks`.
"""
