"""Makes models/preprocess.onnx: from the bytes of a PNG or JPEG file to the picture that gauge.onnx takes.

    apt-get install python3-onnx        # Debian 12
    /usr/bin/python3 preprocess.py

The same steps as `preprocess` in quantize.yaml. DecodeImage is an operator of ONNX Runtime Extensions.
"""
from pathlib import Path

import onnx
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parent.parent


def constant(name, value):
    return helper.make_tensor(name, TensorProto.FLOAT, [], [value])


nodes = [
    helper.make_node("DecodeImage", ["file"], ["rgb"], domain="com.microsoft.extensions", color_space="rgb"),
    helper.make_node("Cast", ["rgb"], ["values"], to=TensorProto.FLOAT),
    helper.make_node("Div", ["values", "full"], ["unit"]),
    helper.make_node("Sub", ["unit", "mean"], ["centred"]),
    helper.make_node("Div", ["centred", "std"], ["hwc"]),
    helper.make_node("Transpose", ["hwc"], ["chw"], perm=[2, 0, 1]),
    helper.make_node("Unsqueeze", ["chw", "axes"], ["picture"]),
]
graph = helper.make_graph(
    nodes, "preprocess",
    [helper.make_tensor_value_info("file", TensorProto.UINT8, ["length"])],
    [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"])],
    [constant("full", 255.0), constant("mean", 0.5), constant("std", 0.25), helper.make_tensor("axes", TensorProto.INT64, [1], [0])])
model = helper.make_model(graph, producer_name="gauge-reader", opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft.extensions", 1)])
model.ir_version = 8
onnx.save(model, str(ROOT / "models" / "preprocess.onnx"))
