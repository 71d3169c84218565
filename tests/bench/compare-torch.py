#!/usr/bin/env python3
"""What the vision encoder of the released size costs in PyTorch, float32, default settings.

An independent forward pass with random weights, written from the model's description; only its
time is of interest. Compare it with the seconds that bench-encode prints on the same machine.
Not needed to build, test or run MedCT.
"""
import argparse
import time

import torch
import torch.nn.functional as F
from torch import nn

D, HEADS, DIM_HEAD, INNER, CODEBOOK, LATENT = 512, 8, 32, 1365, 8192, 512
T, H, W, PATCH, TEMPORAL = 24, 24, 24, 20, 10


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = nn.Conv3d(D, D, 3, groups=D)
        self.norm = nn.LayerNorm(D)
        self.to_q = nn.Linear(D, HEADS * DIM_HEAD, bias=False)
        self.to_kv = nn.Linear(D, 2 * HEADS * DIM_HEAD, bias=False)
        self.to_out = nn.Linear(HEADS * DIM_HEAD, D, bias=False)
        self.q_scale = nn.Parameter(torch.ones(DIM_HEAD))
        self.k_scale = nn.Parameter(torch.ones(DIM_HEAD))
        self.ff_norm = nn.LayerNorm(D)
        self.ff_in = nn.Linear(D, 2 * INNER, bias=False)
        self.ff_out = nn.Linear(INNER, D, bias=False)

    def heads(self, x):
        return x.reshape(x.shape[0], x.shape[1], HEADS, DIM_HEAD).transpose(1, 2)

    def forward(self, x, bias):
        grid = x.reshape(1, T, H, W, D).permute(0, 4, 1, 2, 3)
        grid = self.position(F.pad(grid, (1, 1, 1, 1, 2, 0)))
        x = x + grid.permute(0, 2, 3, 4, 1).reshape(x.shape)
        q = F.normalize(self.heads(self.to_q(self.norm(x))), dim=-1) * self.q_scale
        k, v = self.to_kv(x).chunk(2, dim=-1)
        k = F.normalize(self.heads(k), dim=-1) * self.k_scale
        logits = 8 * q @ k.transpose(-1, -2)
        if bias is not None:
            logits = logits + bias
        y = (logits.softmax(dim=-1) @ self.heads(v)).transpose(1, 2).reshape(*x.shape[:2], -1)
        x = x + self.to_out(y)
        a, gate = self.ff_in(self.ff_norm(x)).chunk(2, dim=-1)
        return x + self.ff_out(a * F.gelu(gate))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        n = TEMPORAL * PATCH * PATCH
        self.patch = nn.Sequential(nn.LayerNorm(n), nn.Linear(n, D), nn.LayerNorm(D))
        self.spatial = nn.ModuleList(Layer() for _ in range(4))
        self.temporal = nn.ModuleList(Layer() for _ in range(4))
        self.codebook = nn.Parameter(F.normalize(torch.randn(CODEBOOK, D), dim=-1))
        self.project = nn.Linear(H * W * D, LATENT, bias=False)
        self.bias = nn.Parameter(torch.randn(HEADS, H * W, H * W))

    def forward(self, volume):
        x = volume.reshape(T, TEMPORAL, H, PATCH, W, PATCH).permute(0, 2, 4, 1, 3, 5)
        x = self.patch(x.reshape(T, H * W, -1))
        for layer in self.spatial:
            x = layer(x, self.bias)
        x = x.transpose(0, 1).contiguous()
        for layer in self.temporal:
            x = layer(x, None)
        codes = (F.normalize(x, dim=-1) @ self.codebook.t()).argmax(dim=-1)
        pooled = self.codebook[codes].mean(dim=1)
        return F.normalize(self.project(pooled.reshape(1, -1)), dim=-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = Encoder().eval()
    volume = torch.rand(T * TEMPORAL, H * PATCH, W * PATCH) * 2 - 1
    best = float("inf")
    with torch.no_grad():
        for _ in range(options.runs):
            start = time.perf_counter()
            model(volume)
            best = min(best, time.perf_counter() - start)
    print(f"PyTorch {torch.__version__}, float32, {options.threads} threads: {best:.2f} s a volume")


if __name__ == "__main__":
    main()
