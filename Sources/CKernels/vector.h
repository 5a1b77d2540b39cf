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
#define CLONES \
  __attribute__(( \
      target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), min_vector_width(512)))
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

/* All ones in the lanes whose key (START + lane) the query sees. */
#define seen(START, QUERY) \
  ((i16)(lane_numbers <= ((i16){0} + (int32_t)((int64_t)(QUERY) - (int64_t)(START)))))

/* X where the mask is all ones, else Y. */
#define select(MASK, X, Y)                           \
  ({                                                 \
    i16 mask_ = (MASK);                              \
    v16 chosen_ = (X), other_ = (Y);                 \
    (v16)(((i16)chosen_ & mask_) | ((i16)other_ & ~mask_)); \
  })

/* X * Y + Z, rounded once. */
#define fused(X, Y, Z) __builtin_elementwise_fma(X, Y, Z)

/* The larger or smaller of two; the first if it is no number. */
#define larger(X, Y)                         \
  ({                                         \
    v16 first_ = (X), second_ = (Y);         \
    select(second_ > first_, second_, first_); \
  })
#define smaller(X, Y)                        \
  ({                                         \
    v16 first_ = (X), second_ = (Y);         \
    select(second_ < first_, second_, first_); \
  })

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
   Cephes' expf); x is at most 88, and held at -87.3. Adding 1.5 * 2^23 leaves the power of two in the lowest bits. */
#define vexp(X)                                                            \
  ({                                                                       \
    v16 a_ = larger((X), splat(-87.3f));                                   \
    v16 t_ = fused(a_, splat(1.44269504088896341f), splat(12582912.0f));   \
    v16 r_ = t_ - splat(12582912.0f);                                      \
    v16 f_ = fused(r_, splat(2.12194440e-4f), fused(r_, splat(-0.693359375f), a_)); \
    v16 p_ = fused(splat(1.9875691500e-4f), f_, splat(1.3981999507e-3f));  \
    p_ = fused(p_, f_, splat(8.3334519073e-3f));                           \
    p_ = fused(p_, f_, splat(4.1665795894e-2f));                           \
    p_ = fused(p_, f_, splat(1.6666665459e-1f));                           \
    p_ = fused(p_, f_, splat(5.0000001201e-1f));                           \
    p_ = fused(p_, f_ * f_, f_) + splat(1.0f);                             \
    (v16)((i16)p_ + ((i16)t_ << 23));                                      \
  })

/* 1 / X for X in [1, 2^126], off by 2 units in the last place at most: a guess from the exponent and
   three rounds of Newton's, in a third of a division's time. */
#define reciprocal(X)                                                      \
  ({                                                                       \
    v16 d_ = (X);                                                          \
    v16 q_ = (v16)(0x7EF311C7 - (i16)d_);                                  \
    q_ = fused(q_, fused(-d_, q_, splat(1.0f)), q_);                       \
    q_ = fused(q_, fused(-d_, q_, splat(1.0f)), q_);                       \
    fused(q_, fused(-d_, q_, splat(1.0f)), q_);                            \
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
