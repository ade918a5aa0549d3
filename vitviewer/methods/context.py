"""What a method may use: the recorded pass, which token is which, and its job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitviewer.errors import ModelError
from vitviewer.queries import Query, QueryKind

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from vitviewer.answers import ModelFacts
    from vitviewer.capture.recording import Recording
    from vitviewer.capture.replay import Replay
    from vitviewer.jobs import Job
    from vitviewer.tokens import TokenLayout


@dataclass(frozen=True)
class Context:
    """One forward pass, as methods see it; they know no model by name.

    Parameters
    ----------
    recording : Recording
        Every layer's queries and keys, or matrices. It checks the job by itself.
    tokens : TokenLayout
        Which token is which.
    model : ModelFacts
        What is known of the model.
    logits : float32 (classes,) or None
        The model's answer.
    job : Job
        Of the request: methods that take long check and report.
    replay : Replay
        Runs the same pass again, for methods that need gradients.
    """

    recording: Recording
    tokens: TokenLayout
    model: ModelFacts
    logits: NDArray[np.float32] | None
    job: Job
    replay: Replay

    def position(self, query: Query) -> int:
        """Return the place of a query's token in the sequence.

        Raises
        ------
        ModelError
            If the model has no such token.
        """
        if query.kind is QueryKind.PATCH:
            return self.tokens.patch_index(query.row, query.col, query.pane)
        if query.kind is QueryKind.SPECIAL:
            return self.tokens.special_index(query.row)
        if query.kind is QueryKind.TOKEN and query.row < self.tokens.n_tokens:
            return query.row
        if query.kind is QueryKind.CLASS and self.tokens.class_index is not None:
            return self.tokens.class_index
        what = "class token" if query.kind is QueryKind.CLASS else "such token"
        raise ModelError(f"This model has no {what}: ask about a patch instead.")

    def pool_row(self) -> torch.Tensor:
        """Return what the pooling head looks at, (heads, tokens).

        Raises
        ------
        ModelError
            If the model has none.
        """
        if self.recording.pool is None:
            raise ModelError(
                "This model has no pooling head: ask about a patch instead."
            )
        return self.recording.pool.rows(0, 1)[:, 0]

    def readout(self, read: torch.Tensor) -> torch.Tensor:
        """Return the weights by which the answer reads tokens, float32 (tokens,).

        A pooling head's own; otherwise special tokens that are read count as much as
        the mean of the patches, where both are read.

        Parameters
        ----------
        read : bool (tokens,)
            Which tokens are read at all.
        """
        import torch

        if self.recording.pool is not None:
            return self.pool_row().mean(dim=0)
        weights = torch.zeros(self.tokens.n_tokens, device=self.recording.device)
        weights[read[: self.tokens.n_tokens]] = 1.0
        weights[self.tokens.patches] /= self.tokens.n_patches
        return weights / weights.sum()

    def weights(self, query: Query) -> torch.Tensor:
        """Return a query as weights over tokens that sum to 1, float32 (tokens,)."""
        import torch

        if query.kind is QueryKind.POOL:
            return self.pool_row().mean(dim=0)
        weights = torch.zeros(self.tokens.n_tokens, device=self.recording.device)
        if query.kind is QueryKind.MEAN:
            weights[self.tokens.patches] = 1.0 / self.tokens.n_patches
        else:
            weights[self.position(query)] = 1.0
        return weights
