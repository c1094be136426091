// Functions of the C library on blocks from 16 bytes to 8 MiB.
#include <string.h>

#include "bench.h"

enum { largest = 8 << 20, ends = 64 };

static char from[largest + ends], to[largest + ends];

// Behind pointers, so that a compiler calls them.
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile set)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;
static size_t (*volatile length)(const char *) = strlen;

enum function { COPY, SET, COMPARE, LENGTH };

// Fills the blocks for a function, once for all of its sizes.
static void prepare(enum function function) {
  static enum function last = COPY;
  if (function == last) return;
  last = function;
  memset(from, 'a', sizeof from);
  memset(to, 'a', sizeof to);
}

// Blocks at changing places of a cache line: 8 MiB of them, or half a MiB of small ones.
static uint64_t blocks(enum function function, size_t size) {
  unsigned count = (unsigned)(size < 1024 ? largest / 16 / size : largest / size);
  uint64_t sum = 0;
  prepare(function);
  for (unsigned i = 0; i < count; i++) {
    char *a = to + i * 7 % ends, *b = from + i * 13 % ends;
    switch (function) {
      case COPY: copy(a, b, size); break;
      case SET: set(a, (int)i, size); break;
      case COMPARE: sum += compare(a, b, size) == 0; break;
      case LENGTH:
        b[size - 1] = 0;
        sum += length(b);
        b[size - 1] = 'a';
        break;
    }
  }
  return sum + (unsigned char)to[largest / 2];
}

#define SIZE(function, name, suffix, size) \
  uint64_t name##_##suffix(void) { return blocks(function, size); }
#define SIZES(function, name) \
  SIZE(function, name, 16, 16) SIZE(function, name, 256, 256) SIZE(function, name, 4K, 4 << 10) \
  SIZE(function, name, 64K, 64 << 10) SIZE(function, name, 1M, 1 << 20) SIZE(function, name, 8M, 8 << 20)

SIZES(COPY, memcpy)
SIZES(SET, memset)
SIZES(COMPARE, memcmp)
SIZES(LENGTH, strlen)
