import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "an image's pixels attend to each other, one head"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Conv2d(8, 8, 1)
        self.key = nn.Conv2d(8, 8, 1)
        self.value = nn.Conv2d(8, 8, 1)

    def forward(self, image):
        batch, channels, height, width = image.shape
        query = self.query(image).reshape(batch, channels, height * width).permute(0, 2, 1)
        key = self.key(image).reshape(batch, channels, height * width)
        scores = torch.bmm(query, key) * channels**-0.5
        probs = F.softmax(scores, dim=2)
        value = self.value(image).reshape(batch, channels, height * width)
        context = torch.bmm(value, probs.permute(0, 2, 1)).reshape(batch, channels, height, width)
        return image + context


def examples():
    torch.manual_seed(0)
    for batch, size in ((2, 3), (1, 2)):
        yield Attention(), (torch.randn(batch, 8, size, size),), {}


def example():
    return next(examples())
