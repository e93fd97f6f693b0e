import functools
import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "an object was given a tensor that the product reads, and what it gives back is changed in place behind it"
CODES = {
    "BeforeAttention": "OPERAND_CHANGED",
    "BehindAttention": "OPERAND_CHANGED",
    "HelperPutsAttention": "OPERAND_CHANGED",
    "HelperKeepsAttention": "OPERAND_CHANGED",
    "QueueAttention": "OPERAND_CHANGED",
    "BoundMethodAttention": "OPERAND_CHANGED",
    "ModuleLevelAttention": "OPERAND_CHANGED",
    "PileAttention": "OPERAND_CHANGED",
    "ClassAttention": "OPERAND_CHANGED",
    "DefaultAttention": "OPERAND_CHANGED",
    "AttributeOfFunctionAttention": "OPERAND_CHANGED",
    "OwnObjectAttention": "OPERAND_CHANGED",
    "OwnModuleAttention": "OPERAND_CHANGED",
    "OwnListAttention": "OPERAND_CHANGED",
    "NextPassAttention": "OPERAND_CHANGED",
    "NextPassOfObjectAttention": "OPERAND_CHANGED",
    "ClosureAttention": "OPERAND_CHANGED",
    "ParameterListAttention": "OPERAND_CHANGED",
    "DataAttention": "OPERAND_CHANGED",
}


def counted(method):
    @functools.wraps(method)
    def counting(*args):
        return method(*args)

    return counting


class Drawer:
    tray = []

    def __init__(self):
        self.inside = None

    def put(self, thing):
        self.inside = thing

    def get(self):
        return self.inside

    def shrink(self):
        self.inside.mul_(0.5)

    @classmethod
    def lay(cls, thing):
        cls.tray.append(thing)

    @classmethod
    def take(cls):
        return cls.tray.pop()


class Chest(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside = None

    @counted
    def put(self, thing):
        self.inside = thing

    def forward(self, thing):
        return self.inside


DRAWER = Drawer()
PILE = []


def lay_in(drawer, thing):
    drawer.put(thing)


def through_drawer(thing):
    drawer = Drawer()
    drawer.put(thing)
    return drawer.get()


def through_queue(thing):
    import queue

    waiting = queue.Queue()
    waiting.put(thing)
    return waiting.get()


def remembered(thing=None, things=[]):  # noqa: B006
    if thing is not None:
        things.append(thing)
    return things


class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.drawer = Drawer()
        self.chest = Chest()
        self.things = []
        self.last = None

    def scores(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))


class BeforeAttention(Kept):
    def forward(self, query, key, value):
        drawer = Drawer()
        drawer.put(query)
        scores = self.scores(query, key)
        drawer.get().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BehindAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        drawer = Drawer()
        drawer.put(key)
        drawer.shrink()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HelperPutsAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        drawer = Drawer()
        lay_in(drawer, query)
        drawer.get().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HelperKeepsAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        through_drawer(query).mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class QueueAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        beside = through_queue(query)
        beside *= 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BoundMethodAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        drawer = Drawer()
        put, get = drawer.put, drawer.get
        put(query)
        get().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ModuleLevelAttention(Kept):
    def forward(self, query, key, value):
        DRAWER.put(query)
        scores = self.scores(query, key)
        DRAWER.get().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PileAttention(Kept):
    def forward(self, query, key, value):
        PILE.append(query)
        scores = self.scores(query, key)
        PILE.pop().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClassAttention(Kept):
    def forward(self, query, key, value):
        Drawer.lay(query)
        scores = self.scores(query, key)
        Drawer.take().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DefaultAttention(Kept):
    def forward(self, query, key, value):
        remembered(query)
        scores = self.scores(query, key)
        remembered().pop().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AttributeOfFunctionAttention(Kept):
    def forward(self, query, key, value):
        lay_in.last = query
        scores = self.scores(query, key)
        lay_in.last.mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OwnObjectAttention(Kept):
    def forward(self, query, key, value):
        self.drawer.inside = query
        scores = self.scores(query, key)
        self.drawer.get().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OwnModuleAttention(Kept):
    def forward(self, query, key, value):
        self.chest.put(query)
        scores = self.scores(query, key)
        self.chest(value).mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OwnListAttention(Kept):
    def forward(self, query, key, value):
        self.things.append(query)
        scores = self.scores(query, key)
        self.things.pop().mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NextPassAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        for _ in range(2):
            if self.last is not None:
                self.last.mul_(0.5)
            self.last = query
        self.last = None
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NextPassOfObjectAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        drawer = Drawer()
        for _ in range(2):
            if drawer.inside is not None:
                drawer.inside.mul_(0.5)
            drawer.put(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClosureAttention(Kept):
    def forward(self, query, key, value):
        kept = []

        def keep(thing):
            kept.append(thing)

        keep(query)
        scores = self.scores(query, key)
        kept[0].mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ParameterListAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        listed = nn.ParameterList([query])
        listed[0].data.mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DataAttention(Kept):
    def forward(self, query, key, value):
        scores = self.scores(query, key)
        shell = torch.zeros(1)
        shell.data = query
        shell.mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    kinds = (
        BeforeAttention,
        BehindAttention,
        HelperPutsAttention,
        HelperKeepsAttention,
        QueueAttention,
        BoundMethodAttention,
        ModuleLevelAttention,
        PileAttention,
        ClassAttention,
        DefaultAttention,
        AttributeOfFunctionAttention,
        OwnObjectAttention,
        OwnModuleAttention,
        OwnListAttention,
        NextPassAttention,
        NextPassOfObjectAttention,
        ClosureAttention,
        ParameterListAttention,
        DataAttention,
    )
    for kind in kinds:
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
