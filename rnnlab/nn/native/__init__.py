"""The native engine: the steps of a sequence as C++ kernels, built on this machine where it has a compiler.

`building` makes the library, `kernels` calls it, `layer` is a layer's sequence in autograd, `finding` says whether
there is one and why not. Nothing else needs it: where it is not, the fused engine computes.
"""
