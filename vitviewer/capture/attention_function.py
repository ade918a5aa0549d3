"""Record one forward pass without keeping any N×N matrix.

transformers sends its models' attention through functions registered by name. Ours
runs its ``sdpa`` function, so that outputs are bit for bit those of a plain pass, and
keeps q, k, and all that goes into the softmax beside them. What does not dispatch that
way is recorded in `vitviewer.capture.function_modes`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from vitviewer.capture.kernel import KernelMode, additive
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.capture.recording import Recording
from vitviewer.capture.verification import Witness
from vitviewer.errors import NotRecordedError, UnknownOptionError
from vitviewer.jobs import Job
from vitviewer.text import quoted

NAME = "vitviewer_capture"

Keep = Callable[[torch.nn.Module], str | None]

_READ = frozenset({"is_causal", "position_bias", "softcap", "s_aux"})
_WITHOUT_EFFECT = frozenset(
    {
        # Neither sdpa nor eager functions read them: a mask says what they ask for.
        "cache_position",
        "position_ids",
        "sliding_window",
        # They are about what a model returns or remembers, not about attention.
        "interpolate_pos_encoding",
        "output_attentions",
        "output_hidden_states",
        "return_dict",
        "use_cache",
    }
)


@dataclass(frozen=True)
class _Recorder:
    """What is recorded into, what compares it, and which modules are meant."""

    record: Recording
    witness: Witness
    keep: Keep | None

    def name(self, module: torch.nn.Module) -> str | None:
        """Return what a module's layer is called, or None if it is not meant."""
        return "" if self.keep is None else self.keep(module)


_ACTIVE: ContextVar[_Recorder | None] = ContextVar("vitviewer_recording", default=None)


@contextmanager
def recording(
    job: Job | None = None,
    witness: Witness | None = None,
    expected: int = 0,
    keep: Keep | None = None,
) -> Iterator[Recording]:
    """Record every attention layer that runs within the context.

    Parameters
    ----------
    job : Job, optional
        Of the request; checked at every layer.
    witness : Witness, optional
        Compares what is recorded with what the model computed.
    expected : int
        The number of layers to come, if known: their memory is taken at once.
    keep : callable, optional
        Given the module that attends, returns the name under which its layer is kept,
        or None to leave it out. All are kept if left out.

    Raises
    ------
    Cancelled
        From within the model, as soon as the job is cancelled.
    NotRecordedError
        From within the model, if attention depends on something unknown.
    """
    record = Recording(job=job or Job(), expected=expected)
    token = _ACTIVE.set(_Recorder(record, witness or Witness(), keep))
    try:
        yield record
    finally:
        _ACTIVE.reset(token)


def attention_forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, Any]:
    """Run transformers' sdpa attention; keep q and k if a recording is active."""
    active = _ACTIVE.get()
    own = _model_s_own if _is_beyond_sdpa(options) else sdpa_attention_forward
    attend: Callable[[], tuple[torch.Tensor, Any]] = partial(
        own, module, query, key, value, attention_mask, scaling=scaling, **options
    )
    if active is None:
        return attend()
    active.record.check()
    with KernelMode() as kernel:
        result = attend()
    name = active.name(module)
    if name is not None:
        refuse_unknown(options)
        bias = total_bias(attention_mask, options.get("position_bias"))
        layer = product_layer(
            query,
            key,
            bias,
            scaling,
            causal=is_causal(module, query, attention_mask, options),
            softcap=options.get("softcap"),
            sink=options.get("s_aux"),
            lse=kernel.lse,
        )
        active.record.add(layer, name)
        active.witness.note(
            active.record.layers[-1], value[0], result[0][0].transpose(0, 1)
        )
    return result


def register() -> None:
    """Make the function known to transformers under `NAME`.

    The mask function goes with it: without one, masks are silently dropped.
    """
    AttentionInterface.register(NAME, attention_forward)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def product_layer(
    query: torch.Tensor,
    key: torch.Tensor,
    bias: torch.Tensor | None = None,
    scaling: float | None = None,
    causal: bool = False,
    softcap: float | None = None,
    sink: torch.Tensor | None = None,
    lse: torch.Tensor | None = None,
) -> ProductLayer:
    """Keep the first picture of a batch, (batch, heads, tokens, width) each."""
    return ProductLayer(
        query=query[0].detach(),
        key=key[0].detach(),
        scale=query.shape[-1] ** -0.5 if scaling is None else scaling,
        bias=None if bias is None else bias[0].detach(),
        causal=causal,
        softcap=softcap,
        sink=None if sink is None else sink.detach().reshape(query.shape[1]),
        # One query's heads come in groups from transformers: (batch, key heads, group).
        lse=None if lse is None else lse[0].detach().reshape(query.shape[1:3]),
    )


def total_bias(
    mask: torch.Tensor | None, position_bias: torch.Tensor | None = None
) -> torch.Tensor | None:
    """Return all that is added to the logits, (batch, heads or 1, rows, tokens)."""
    if mask is not None and mask.dtype == torch.bool:
        mask = additive(mask)
    if mask is None or position_bias is None:
        return position_bias if mask is None else mask
    return mask + position_bias


def is_causal(
    module: torch.nn.Module,
    query: torch.Tensor,
    mask: torch.Tensor | None,
    options: Mapping[str, Any],
) -> bool:
    """Tell whether queries read no later keys, by the rules of transformers' sdpa.

    The call's own word counts before the module's, which is taken for causal where
    it says nothing; a mask, or a single query, makes up for both.
    """
    said = options.get("is_causal")
    if said is None:
        said = getattr(module, "is_causal", True)
    return bool(said) and mask is None and query.shape[2] > 1


def refuse_unknown(options: Mapping[str, Any]) -> None:
    """Refuse what may change attention in a way that is not recorded.

    Raises
    ------
    UnknownOptionError
        If there is an option that is not known; None and no dropout say nothing.
    """
    for name, value in options.items():
        known = name in _READ or name in _WITHOUT_EFFECT
        if not known and value is not None and not (name == "dropout" and value == 0):
            raise UnknownOptionError(
                f"The model's attention is told {quoted(name)}, which is not recorded: "
                "this model cannot be shown truthfully."
            )


def _is_beyond_sdpa(options: Mapping[str, Any]) -> bool:
    """Tell whether the sdpa function would refuse an option, or drop it in silence."""
    return options.get("softcap") is not None or options.get("s_aux") is not None


def _model_s_own(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, Any]:
    """Run the function that the model's file has for matrices kept whole."""
    own = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    if own is None:
        raise NotRecordedError(
            "The model's attention caps its logits or has a sink, in code that is not "
            "known: this model cannot be shown truthfully."
        )
    bias = total_bias(mask)
    if is_causal(module, query, mask, options):
        shape = query.shape[2], key.shape[2]
        seen = torch.ones(shape, dtype=torch.bool, device=query.device).tril()
        bias = total_bias(seen[None, None])
    bias = None if bias is None else bias.to(query.dtype)
    result: tuple[torch.Tensor, Any] = own(module, query, key, value, bias, **options)
    return result[0], None
