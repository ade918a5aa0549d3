"""What is known of each architecture, as tables; nothing is loaded here.

`table` has a `Family` for each ``model_type``: its classes, its special tokens, what
its answer is read from. `composites` names larger models and where their vision encoder
is; `refusals` says why some are not shown; `published` how each family's pictures were
prepared. `blueprint` puts these together: what to build for one config.

To support another family, add its entry to `table` and a species to ``tests/zoo.py``.
"""
