"""The loss over a whole text is that of reading it in one go, however it is cut."""

import pytest
import torch

from rnnlab.nn.evaluation import mean_loss
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_one_row_read_in_pieces_gives_the_loss_of_the_whole_text(cell):
    model = LanguageModel(ModelSpec(cell=cell, hidden=6, dropout=0.5, layers=2), 9).double().eval()
    ids = torch.randint(9, (50,))
    whole, _ = model.loss(ids[:-1, None], ids[1:, None])
    model.train()
    assert mean_loss(model, ids, batch=1, steps=7).item() == pytest.approx(whole.item(), rel=1e-10)
    assert model.training


def test_rows_weigh_by_their_tokens():
    model = LanguageModel(ModelSpec(hidden=6), 9).double().eval()
    ids = torch.randint(9, (24,))  # 23 targets in 3 rows: 8, 8 and 7
    rows = [model.loss(ids[a:b, None], ids[a + 1 : b + 1, None])[0] * (b - a) for a, b in ((0, 8), (8, 16), (16, 23))]
    assert mean_loss(model, ids, batch=3, steps=4).item() == pytest.approx(
        torch.stack(rows).sum().item() / 23, rel=1e-10
    )
