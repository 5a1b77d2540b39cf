// Stands in for the C library's allocator in whatever program this is linked into, hands everything on
// to it, and counts while it is told to. A program's own `malloc` goes before the C library's for every
// library of the process, Swift's runtime and Dispatch included.

#define _GNU_SOURCE
#include "allocation_counter.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#    define SANITIZED 1
#  endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

#include <errno.h>
#include <execinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

enum { FRAMES = 24, STACKS = 256 };

static struct {
  void *frames[FRAMES];
  int depth;
  long count;
} stacks[STACKS];

static atomic_int counting;
static atomic_long count;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static _Thread_local int inside;

static void remember(void) {
  void *frames[FRAMES] = {0};
  int depth = backtrace(frames, FRAMES);
  while (atomic_flag_test_and_set(&busy)) { }
  for (int i = 0; i < STACKS; i++) {
    if (stacks[i].count > 0 && memcmp(stacks[i].frames, frames, sizeof frames) != 0) continue;
    memcpy(stacks[i].frames, frames, sizeof frames);
    stacks[i].depth = depth;
    stacks[i].count++;
    break;
  }
  atomic_flag_clear(&busy);
}

static inline void note(void) {
  if (!atomic_load_explicit(&counting, memory_order_relaxed) || inside) return;
  inside = 1;
  atomic_fetch_add(&count, 1);
  remember();
  inside = 0;
}

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  note();
  return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
  note();
  return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  note();
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

void allocations_begin(void) {
  void *frames[2];
  backtrace(frames, 2);  // allocates the first time
  memset(stacks, 0, sizeof stacks);
  atomic_store(&count, 0);
  atomic_store(&counting, 1);
}

long allocations_end(void) {
  atomic_store(&counting, 0);
  return atomic_load(&count);
}

void allocations_print(void) {
  for (int i = 0; i < STACKS && stacks[i].count > 0; i++) {
    dprintf(STDERR_FILENO, "%ld times:\n", stacks[i].count);
    // Without the two frames of this file.
    backtrace_symbols_fd(stacks[i].frames + 2, stacks[i].depth - 2, STDERR_FILENO);
  }
}

#else

void allocations_begin(void) { }
long allocations_end(void) { return -1; }
void allocations_print(void) { }

#endif
