// Mapped files that another program may cut short: reading behind their new end raises SIGBUS. A handler turns that
// into a sentence with the file's name and exit status 74.
#ifndef DISTILL_MAPPING_H
#define DISTILL_MAPPING_H

#include <stddef.h>

/// Remembers that memory is a file's. The first call installs the handler.
/// Returns what `distill_mapping_remove` takes; null without memory, and then the file has only the system's own fault.
void *distill_mapping_add(const void *start, size_t length, const char *path);

/// Forgets it, before the memory is unmapped.
void distill_mapping_remove(void *mapping);

#endif
