#pragma once

/// Begins to count, from zero, the allocations of all threads.
void allocations_begin(void);

/// Ends the counting and returns the number of allocations, or -1 where they cannot be counted: the C
/// library is not glibc, or a sanitizer has taken its place.
long allocations_end(void);

/// Writes the different call stacks that allocated, and how often each did, to the standard error.
void allocations_print(void);
