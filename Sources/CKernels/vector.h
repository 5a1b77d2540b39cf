// What all kernels share: the widest vector, its reductions in a fixed order, exp, and the dispatch
// by processor. Include first in every C file of this folder, and in no header.
//
// Whatever takes or returns a vector is a macro: the levels of a cloned function pass vectors in
// different registers, so an ordinary function between them has no one calling convention.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CK_NO_CLONES 1 /* a resolver would run before the sanitizer is up */
#endif
#endif
#if defined(__x86_64__) && defined(__ELF__) && defined(__GLIBC__) && !defined(CK_NO_CLONES)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

#pragma STDC FP_CONTRACT OFF

enum { LANES = 16 };
typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));
typedef uint32_t u16 __attribute__((vector_size(64), aligned(4)));

#define splat(X)                                                                   \
  ({                                                                               \
    float x_ = (X);                                                                \
    (v16){x_, x_, x_, x_, x_, x_, x_, x_, x_, x_, x_, x_, x_, x_, x_, x_};         \
  })
#define load(P) (*(const v16 *)(P))
#define store(P, X) (*(v16 *)(P) = (X))

/* The first N floats (at most 16), the rest set to OTHER. */
#define load_some(P, N, OTHER)             \
  ({                                       \
    v16 some_ = splat(OTHER);              \
    memcpy(&some_, (P), (N) * sizeof(float)); \
    some_;                                 \
  })
#define store_some(P, X, N)                \
  ({                                       \
    v16 some_ = (X);                       \
    memcpy((P), &some_, (N) * sizeof(float)); \
  })

#define lane_numbers ((i16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})

/* X where the mask is all ones, else Y. */
#define select(MASK, X, Y)                           \
  ({                                                 \
    i16 mask_ = (MASK);                              \
    v16 chosen_ = (X), other_ = (Y);                 \
    (v16)(((i16)chosen_ & mask_) | ((i16)other_ & ~mask_)); \
  })

#define larger(X, Y) __builtin_elementwise_max(X, Y)
#define smaller(X, Y) __builtin_elementwise_min(X, Y)

INLINE float sum_of_lanes(float *s) {
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) s[i] += s[i + width];
  return s[0];
}
INLINE float max_of_lanes(float *s) {
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) s[i] = s[i] > s[i + width] ? s[i] : s[i + width];
  return s[0];
}
#define sum_of(X)                  \
  ({                               \
    float lanes_[LANES];           \
    store(lanes_, (X));            \
    sum_of_lanes(lanes_);          \
  })
#define max_of(X)                  \
  ({                               \
    float lanes_[LANES];           \
    store(lanes_, (X));            \
    max_of_lanes(lanes_);          \
  })

/* e^x with a relative error below 2e-7 (range reduction by ln 2 in two parts, degree-6 polynomial of
   Cephes' expf); x is held within [-87.3, 88]. */
#define vexp(X)                                                            \
  ({                                                                       \
    v16 a_ = smaller(larger((X), splat(-87.3f)), splat(88.0f));            \
    v16 r_ = (a_ * splat(1.44269504088896341f) + splat(12582912.0f)) - splat(12582912.0f); \
    v16 f_ = a_ - r_ * splat(0.693359375f);                                \
    f_ = f_ - r_ * splat(-2.12194440e-4f);                                 \
    v16 p_ = splat(1.9875691500e-4f);                                      \
    p_ = p_ * f_ + splat(1.3981999507e-3f);                                \
    p_ = p_ * f_ + splat(8.3334519073e-3f);                                \
    p_ = p_ * f_ + splat(4.1665795894e-2f);                                \
    p_ = p_ * f_ + splat(1.6666665459e-1f);                                \
    p_ = p_ * f_ + splat(5.0000001201e-1f);                                \
    p_ = p_ * f_ * f_ + f_ + splat(1.0f);                                  \
    p_ * (v16)((__builtin_convertvector(r_, i16) + 127) << 23);            \
  })

/* All ones where element FIRST, FIRST + 1, ... of a stream survives dropout: where the 32-bit
   finaliser of MurmurHash3 (Appleby 2011) of its number reaches the threshold. */
#define survivors(KEY, THRESHOLD, FIRST)                                   \
  ({                                                                       \
    u16 h_ = ((u16)lane_numbers + (uint32_t)(FIRST)) * 0x9E3779B9u + (uint32_t)(KEY); \
    h_ ^= h_ >> 16;                                                        \
    h_ *= 0x85ebca6bu;                                                     \
    h_ ^= h_ >> 13;                                                        \
    h_ *= 0xc2b2ae35u;                                                     \
    h_ ^= h_ >> 16;                                                        \
    (i16)(h_ >= (uint32_t)(THRESHOLD));                                    \
  })
