"""Gathers the people of all processes into one batch, for losses that compare people with each other."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, distributed

from outrack.models.shared_batch_norm import sum_over_processes
from outrack.training.data.batch_targets import People
from outrack.training.data.examples import Batch
from outrack.training.data.merging import large_pairs

__all__ = ["AllPeople", "people_of_all"]


class AllPeople(NamedTuple):
    """The people of a batch with their appearance.

    Attributes:
        embeddings: not normalised, (N, D).
        people: their positions; image and cell refer to the batch of their own process.
        negative: the pair shows two different scenes, bool (P,).
    """

    embeddings: Tensor
    people: People
    negative: Tensor


def people_of_all(embeddings: Tensor, batch: Batch, *, merge: int) -> AllPeople:
    """The people of all processes, in order, as if in one batch with all pairs.

    Every process must then compute the loss of all people: gradients flow back to all processes, and the mean of the
    processes' weight gradients equals the gradient of one process with the whole batch.

    Args:
        embeddings: embeddings of this process's people, (N, D).
        batch: batch of this process; all have the same number of pairs.
        merge: as for `Collation`, over the pairs of all processes.
    """
    num_pairs, people = len(batch.negative), batch.targets.people
    first_pair = distributed.get_rank() * num_pairs
    pairs = _rows_of_all(torch.column_stack([batch.scenes, batch.negative.long()]))
    scenes, negative = pairs[:, :-1].tolist(), pairs[:, -1].tolist()
    numbers = large_pairs(scenes, [bool(one) for one in negative], merge)
    large_negative = torch.zeros(max(numbers) + 1, dtype=torch.bool, device=pairs.device)
    large_negative[numbers] = pairs[:, -1].bool()

    pair = torch.tensor(numbers, device=pairs.device)[people.image % num_pairs + first_pair]
    whole = torch.column_stack([people.image, people.cell, pair, people.second.long(), people.identity])
    image, cell, pair, second, identity = _rows_of_all(whole).unbind(1)
    of_all = People(image, cell, _rows_of_all(people.xyxy), pair, second.bool(), identity)
    return AllPeople(_rows_of_all(embeddings.float()), of_all, large_negative)


def _rows_of_all(rows: Tensor) -> Tensor:
    """The rows of all processes in order, (N, ...); differentiable. Their number may differ between processes."""
    counts = torch.zeros(distributed.get_world_size(), dtype=torch.int64, device=rows.device)
    rank = distributed.get_rank()
    counts[rank] = len(rows)
    distributed.all_reduce(counts)
    before, after = int(counts[:rank].sum()), int(counts[rank + 1 :].sum())
    padded = torch.cat([rows.new_zeros(before, *rows.shape[1:]), rows, rows.new_zeros(after, *rows.shape[1:])])
    return sum_over_processes(padded) if len(padded) else padded
