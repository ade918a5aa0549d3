"""Proof, taken in the pass itself, that the recorded rows are the ones that were used.

For a few tokens of every layer the row is computed from what was recorded, multiplied
by the values, and compared with what the model's attention returned. Once, when a model
is loaded, the product is also followed through the output projection to what the
attention module as a whole gave back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from vitviewer.capture.product_layer import multiplied
from vitviewer.capture.threads import one_thread

if TYPE_CHECKING:
    from vitviewer.capture.layers import Layer


_STRIDE = 97
"""A prime, so that layers share no sampled token but by chance."""


class Witness:
    """The relative errors of sampled rows, one a layer, kept on the model's device."""

    def __init__(self, modules: ModuleStack | None = None) -> None:
        self.products: list[torch.Tensor] = []
        self.sums: list[torch.Tensor] = []
        self.finite: list[torch.Tensor] = []
        self.n_told = 0
        self._modules = modules

    @property
    def product_error(self) -> float:
        """Largest relative error of attention × V in any layer; NaN if one is."""
        return _largest(self.products)

    @property
    def sum_error(self) -> float:
        """Largest distance of a sampled row's sum from 1; over 1 beside a sink.

        Rows are made with the normalisers that the attention kernel had, where it
        tells them: then the sum proves these, and with them every column. In
        ``n_told`` layers it did.
        """
        return _largest(self.sums)

    @property
    def is_finite(self) -> bool:
        """Whether attention put out finite numbers in every layer."""
        return all(bool(flag) for flag in self.finite)

    @property
    def projection_error(self) -> float | None:
        """As `product_error`, after the output projection; None if not followed."""
        if self._modules is None or not self._modules.errors:
            return None
        return max(self._modules.errors, key=lambda e: float("inf") if e != e else e)

    def note(self, layer: Layer, value: torch.Tensor, output: torch.Tensor) -> None:
        """Compare sampled rows × V with the output.

        Parameters
        ----------
        layer : Layer
            What was recorded.
        value : (heads or key heads, keys, width)
        output : (heads, queries, width)
            What the model's own attention made of them.
        """
        tokens = _sample(output.shape[1], len(self.products))
        with one_thread(), torch.no_grad():
            rows, sums = layer.used(tokens)
            self.n_told += layer.tells_normalisers
            ours = multiplied(rows, value.float())
            theirs = output[:, tokens].float()
            self.products.append(_relative(ours, theirs))
            excess = sums - 1.0
            off = excess.abs() if layer.sums_to_one else excess.clamp_min(0.0)
            self.sums.append(off.max())
            # Of every token: one of the last layer spoils no other one's row. The ends
            # are not finite if any number is not, and take a ninth of the time.
            ends = torch.stack(torch.aminmax(output))
            self.finite.append(torch.isfinite(ends).all())
        if self._modules is not None:
            self._modules.expect(tokens, ours.transpose(0, 1).flatten(1))


class ModuleStack:
    """Which module is running, so that an attention module's own output is compared.

    The module in which attention was computed returns either attention × V or that
    after one of its linear layers, the output projection.
    """

    def __init__(self) -> None:
        self.errors: list[float] = []
        self._running: list[torch.nn.Module] = []
        self._expected: dict[torch.nn.Module, tuple[list[int], torch.Tensor]] = {}

    @contextmanager
    def watching(self, root: torch.nn.Module) -> Iterator[ModuleStack]:
        """Follow a model's modules while the context lasts."""
        handles = [
            handle
            for module in root.modules()
            for handle in (
                module.register_forward_pre_hook(self._enter),
                module.register_forward_hook(self._leave),
            )
        ]
        try:
            yield self
        finally:
            for handle in handles:
                handle.remove()

    def expect(self, tokens: list[int], products: torch.Tensor) -> None:
        """Remember attention × V, (queries, heads · width), of the running module."""
        if self._running:
            self._expected[self._running[-1]] = tokens, products

    def _enter(self, module: torch.nn.Module, _inputs: Any) -> None:
        self._running.append(module)

    def _leave(self, module: torch.nn.Module, _inputs: Any, output: Any) -> None:
        self._running.pop()
        if module not in self._expected:
            return
        tokens, products = self._expected.pop(module)
        first = output[0] if isinstance(output, tuple) else output
        returned = first.reshape(-1, first.shape[-1])[tokens].float()
        self.errors.append(
            min(float(_relative(p, returned)) for p in _projected(module, products))
        )


def _projected(
    module: torch.nn.Module, products: torch.Tensor
) -> Iterator[torch.Tensor]:
    """Yield what the module can have made of attention × V."""
    yield products
    linear = (m for m in module.modules() if isinstance(m, torch.nn.Linear))
    for child in linear:
        if child.in_features == products.shape[1]:
            # Past the hooks: this is no step of the model's own pass.
            yield child.forward(products.to(child.weight.dtype)).float()


def _relative(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Return the largest difference over the largest value; infinite if not alike."""
    if ours.shape != theirs.shape:
        return torch.tensor(float("inf"))
    scale = theirs.abs().max().clamp_min(torch.finfo(torch.float32).tiny)
    return (ours - theirs).abs().max() / scale


def _sample(n_tokens: int, number: int) -> list[int]:
    """Choose the first token, the last, and another one in each layer."""
    between = (n_tokens // 2 + _STRIDE * number) % n_tokens
    return sorted({0, between, n_tokens - 1})


def _largest(errors: list[torch.Tensor]) -> float:
    return float(torch.stack(errors).max()) if errors else float("nan")
