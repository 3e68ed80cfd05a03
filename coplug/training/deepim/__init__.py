"""DeepIM: seeds by optimising the code of a seed set through a learned, differentiable diffusion."""
