// The hot loops, in C because Swift never vectorises a float reduction. Each is compiled for several
// levels of x86-64 and chosen by the processor. All of them give the same bits at every level:
// multiply-adds are fused where the source says so and nowhere else, reductions have a fixed order.
//
// Only the module LinearAlgebra calls these; it checks the shapes.
#pragma once
#include "product.h"
#include "transformer.h"
#include "network.h"
#include "convolution.h"
#include "recurrent.h"
