"""Attention by its definition, number by number, in float64."""

from __future__ import annotations

import math

import numpy as np


def attention(layer):
    """Return a product layer's matrices by loops, (heads, queries, keys)."""
    query, key = (t.double().numpy() for t in (layer.query, layer.key))
    result = np.zeros((len(query), query.shape[1], key.shape[1]))
    group = len(query) // len(key)
    for head, i in np.ndindex(result.shape[:2]):
        powers = [
            math.exp(logit(layer, query[head, i], k, head, i, j))
            for j, k in enumerate(key[head // group])
        ]
        rest = 0.0 if layer.sink is None else math.exp(float(layer.sink[head]))
        # A row that may read nothing is zeros, as attention kernels have it.
        result[head, i] = np.array(powers) / ((sum(powers) + rest) or 1.0)
    return result


def logit(layer, q, k, head, i, j):
    """Return one query's logit of one key; -inf where it may not read it."""
    if layer.causal and j > layer.first_query + i:
        return -math.inf
    value = float(q @ k) * layer.scale
    if layer.softcap is not None:
        value = layer.softcap * math.tanh(value / layer.softcap)
    if layer.bias is not None:
        heads, rows, _ = layer.bias.shape
        value += float(layer.bias[head % heads, i % rows, j])
    return value
