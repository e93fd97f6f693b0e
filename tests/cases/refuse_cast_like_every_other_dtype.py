import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "the scores get the dtype of something that is known not to be float32, or what they are computed in"
CODES = {
    "TypeAsHalfAttention": "CAST",
    "TypeAsDoubleAttention": "CAST",
    "TypeAsOnesBFAttention": "CAST",
    "TypeAsFullAttention": "CAST",
    "TypeAsKeyHalfAttention": "CAST",
    "TypeAsKeyToAttention": "CAST",
    "TypeAsKeyLongAttention": "CAST",
    "ToKeyIntAttention": "CAST",
    "ToKeyLongDtypeAttention": "CAST",
    "ToKeyHalfDtypeAttention": "CAST",
    "ToMaskAttention": "CAST",
    "TypeAsTensorAttention": "CAST",
    "TypeAsTensorListAttention": "CAST",
    "TypeAsArangeAttention": "CAST",
    "TypeAsArangeSumAttention": "CAST",
    "TypeAsZerosLikeAttention": "CAST",
    "TypeAsOnesLikeIntAttention": "CAST",
    "TypeAsCompareAttention": "CAST",
    "TypeAsFullLongAttention": "CAST",
    "TypeAsRandAttention": "CAST",
    "TypeAsBufferAttention": "CAST",
    "TypeAsHalfBufferAttention": "CAST",
    "SoftmaxDtypeAttention": "CAST",
    "SoftmaxDtypeDAttention": "CAST",
    "ProbsTypeAsAttention": "CAST",
    "ProbsTypeAsLongAttention": "CAST",
    "ToBoolAttention": "CAST",
    "OfLongTensorAttention": "CAST",
    "OfIntTensorAttention": "CAST",
    "OfBoolTensorAttention": "CAST",
    "OfHalfTensorAttention": "CAST",
    "OfDoubleTensorAttention": "CAST",
    "OfEqAttention": "CAST",
    "OfNeAttention": "CAST",
    "OfLtAttention": "CAST",
    "OfLeAttention": "CAST",
    "OfGtAttention": "CAST",
    "OfGeAttention": "CAST",
    "OfIsNanAttention": "CAST",
    "OfIsInfAttention": "CAST",
    "OfLogicalNotAttention": "CAST",
    "OfLogicalAndAttention": "CAST",
    "OfLogicalOrAttention": "CAST",
    "OfAnyAttention": "CAST",
    "OfAllAttention": "CAST",
    "OfIntAttention": "CAST",
    "OfBoolAttention": "CAST",
    "OfByteAttention": "CAST",
    "OfShortAttention": "CAST",
    "OfCharAttention": "CAST",
    "OfDoubleAttention": "CAST",
    "OfBrainAttention": "CAST",
    "OfArgMaxAttention": "CAST",
    "OfArgMinAttention": "CAST",
    "OfArgSortAttention": "CAST",
    "OfRandIntAttention": "CAST",
    "OfBucketizeAttention": "CAST",
    "OfOneHotAttention": "CAST",
    "OfCountNonzeroAttention": "CAST",
    "OfNonzeroAttention": "CAST",
    "OfStringAttention": "CAST",
    "OfAndAttention": "CAST",
    "OfIndexedAttention": "CAST",
    "OfViewedAttention": "CAST",
    "OfSummedAttention": "CAST",
}


class TypeAsHalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros(1, dtype=torch.float16)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsDoubleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros(1, dtype=torch.float64)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsOnesBFAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.ones(1, dtype=torch.bfloat16)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsFullAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.full((1,), 2.0, dtype=torch.half)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsKeyHalfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.half()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsKeyToAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.to(torch.float16)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsKeyLongAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToKeyIntAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(key.int()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToKeyLongDtypeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(key.long().dtype).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToKeyHalfDtypeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(key.half().dtype).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToMaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(mask).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.tensor(1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsTensorListAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.tensor([1])).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsArangeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.arange(3)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsArangeSumAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.arange(3).sum()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsZerosLikeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.zeros_like(key, dtype=torch.float16)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsOnesLikeIntAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.ones_like(key, dtype=torch.int64)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsCompareAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key > 0).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsFullLongAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.full((1,), 2)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsRandAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.rand(1, dtype=torch.float16)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsBufferAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.register_buffer('steps', torch.arange(3))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(self.steps).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsHalfBufferAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))
        self.register_buffer('steps', torch.zeros(3, dtype=torch.float16))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(self.steps.dtype).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SoftmaxDtypeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1, dtype=key.half().dtype).float()
        return torch.matmul(probs, value)


class SoftmaxDtypeDAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1, dtype=torch.zeros(1, dtype=torch.float16).dtype).float()
        return torch.matmul(probs, value)


class ProbsTypeAsAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1).type_as(key.half()).float()
        return torch.matmul(probs, value)


class ProbsTypeAsLongAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        probs = torch.softmax(scores, -1).type_as(torch.arange(3)).float()
        return torch.matmul(probs, value)


class ToBoolAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.bool).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfLongTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.LongTensor([1])).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfIntTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.IntTensor([1])).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfBoolTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.BoolTensor([True])).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfHalfTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.HalfTensor([1.0])).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfDoubleTensorAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.DoubleTensor([1.0])).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfEqAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.eq(key, 0.0)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfNeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.ne(0.0)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfLtAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.lt(0.0)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfLeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.le(0.0)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfGtAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.gt(key, 0.0)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfGeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.ge(0.0)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfIsNanAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.isnan(key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfIsInfAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.isinf(key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfLogicalNotAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.logical_not(key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfLogicalAndAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.logical_and(key, key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfLogicalOrAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.logical_or(key, key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfAnyAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.any(-1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfAllAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.all(key, -1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfIntAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.int()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfBoolAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.bool()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfByteAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.abs().byte()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfShortAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.short()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfCharAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.char()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfDoubleAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.double()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfBrainAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.bfloat16()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfArgMaxAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.argmax(-1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfArgMinAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.argmin(-1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfArgSortAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.argsort(-1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfRandIntAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.randint(3, (2,))).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfBucketizeAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.bucketize(key, key[0, 0, 0].sort().values)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfOneHotAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(F.one_hot(key.long().abs())).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfCountNonzeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.count_nonzero(key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfNonzeroAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(torch.nonzero(key)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfStringAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.type('torch.HalfTensor')).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfAndAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as((key > 0) & (key < 1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfIndexedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long()[0]).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfViewedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long().view(-1)).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OfSummedAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(key.long().sum()).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            TypeAsHalfAttention(),
            TypeAsDoubleAttention(),
            TypeAsOnesBFAttention(),
            TypeAsFullAttention(),
            TypeAsKeyHalfAttention(),
            TypeAsKeyToAttention(),
            TypeAsKeyLongAttention(),
            ToKeyIntAttention(),
            ToKeyLongDtypeAttention(),
            ToKeyHalfDtypeAttention(),
            ToMaskAttention(),
            TypeAsTensorAttention(),
            TypeAsTensorListAttention(),
            TypeAsArangeAttention(),
            TypeAsArangeSumAttention(),
            TypeAsZerosLikeAttention(),
            TypeAsOnesLikeIntAttention(),
            TypeAsCompareAttention(),
            TypeAsFullLongAttention(),
            TypeAsRandAttention(),
            TypeAsBufferAttention(),
            TypeAsHalfBufferAttention(),
            SoftmaxDtypeAttention(),
            SoftmaxDtypeDAttention(),
            ProbsTypeAsAttention(),
            ProbsTypeAsLongAttention(),
            ToBoolAttention(),
            OfLongTensorAttention(),
            OfIntTensorAttention(),
            OfBoolTensorAttention(),
            OfHalfTensorAttention(),
            OfDoubleTensorAttention(),
            OfEqAttention(),
            OfNeAttention(),
            OfLtAttention(),
            OfLeAttention(),
            OfGtAttention(),
            OfGeAttention(),
            OfIsNanAttention(),
            OfIsInfAttention(),
            OfLogicalNotAttention(),
            OfLogicalAndAttention(),
            OfLogicalOrAttention(),
            OfAnyAttention(),
            OfAllAttention(),
            OfIntAttention(),
            OfBoolAttention(),
            OfByteAttention(),
            OfShortAttention(),
            OfCharAttention(),
            OfDoubleAttention(),
            OfBrainAttention(),
            OfArgMaxAttention(),
            OfArgMinAttention(),
            OfArgSortAttention(),
            OfRandIntAttention(),
            OfBucketizeAttention(),
            OfOneHotAttention(),
            OfCountNonzeroAttention(),
            OfNonzeroAttention(),
            OfStringAttention(),
            OfAndAttention(),
            OfIndexedAttention(),
            OfViewedAttention(),
            OfSummedAttention(),
        ])

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
