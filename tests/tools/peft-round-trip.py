#!/usr/bin/env python3
"""peft-round-trip.py WEIGHTS ADAPTER OUT: PEFT loads ADAPTER onto empty linears of the shapes in
WEIGHTS and saves it again to OUT. Fails on any warning about keys; 77 when PEFT is not there."""
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
except ImportError:
    sys.exit(77)

weights, adapter, out = sys.argv[1:4]


class Node(torch.nn.Module):
    pass


root = Node()
for key, tensor in load_file(weights).items():
    if tensor.dim() != 2 or not key.endswith(".weight"):
        continue
    node = root
    *path, last = key.split(".")[:-1]
    for name in path:
        if name not in node._modules:
            node.add_module(name, Node())
        node = node._modules[name]
    linear = torch.nn.Linear(tensor.shape[1], tensor.shape[0], bias=False)
    node.add_module(last, linear)

model = PeftModel.from_pretrained(root, adapter)
state = {k: v for k, v in model.state_dict().items() if "lora_" in k}
for key, tensor in load_file(f"{adapter}/adapter_model.safetensors").items():
    part = key.replace(".weight", ".default.weight")
    if part not in state or not torch.equal(state[part], tensor):
        sys.exit(f"{key} was not loaded as it is")
if 2 * len({k.rsplit(".lora_", 1)[0] for k in state}) != len(state):
    sys.exit("PEFT made pairs that the file does not have")
model.save_pretrained(out, safe_serialization=True)
