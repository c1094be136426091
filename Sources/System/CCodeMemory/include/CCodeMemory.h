// Memory for translated code, and where the program itself is.
#ifndef CCODEMEMORY_H
#define CCODEMEMORY_H

#include <stddef.h>
#include <stdint.h>

// A file of zeroes without a name, to be mapped; -1 on failure.
int ccode_memory_file(size_t size);

// A part that is not writable of the program or library that this code is in; without a start beyond the last. `base` is
// where that was loaded.
typedef struct { uint64_t base; const void *start; size_t size; } CCodeProgramPart;
CCodeProgramPart ccode_program_part(int index);

#endif
