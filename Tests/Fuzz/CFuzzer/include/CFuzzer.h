// libFuzzer's loop, which the toolchain ships as a library without a header.
#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs the callback on inputs until the executions that the arguments ask for are done; ends the process where one crashes.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
