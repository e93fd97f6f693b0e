import torch
from torch import nn

EXPECT = "refused"
CODE = "NO_PRODUCT"
WHY = "query and key meet element by element, in the frequency domain: weights of delays, not of keys"


class DelayAttention(nn.Module):
    def forward(self, query, key, value):
        query_spectrum = torch.fft.rfft(query, dim=1)
        key_spectrum = torch.fft.rfft(key, dim=1)
        correlation = torch.fft.irfft(query_spectrum * key_spectrum.conj(), n=query.size(1), dim=1)
        weights, delays = torch.topk(correlation.mean(dim=-1), 2, dim=-1)
        weights = torch.softmax(weights, dim=-1)
        output = torch.zeros_like(value)
        for step in range(2):
            rolled = torch.stack([value[i].roll(-int(delays[i, step]), 0) for i in range(value.size(0))])
            output = output + rolled * weights[:, step, None, None]
        return output


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 6, 8) for _ in range(3))
    return DelayAttention(), (query, key, value), {}
