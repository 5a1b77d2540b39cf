// The hot loops, in C because Swift never vectorises a float reduction. Each is compiled for several
// levels of x86-64 and chosen by the processor when the program starts. All of them give the same
// bits at every level: no contraction into fused multiply-adds, reductions in a fixed order.
//
// Only the module LinearAlgebra calls these; it checks the shapes.
#pragma once
#include "product.h"
#include "transformer.h"
#include "network.h"
