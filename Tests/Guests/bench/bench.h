// The works that `make bench` measures, each of which returns its answer.
#include <stdint.h>

// The program's own path.
extern const char *program;

// The same numbers for each work.
uint64_t next_random(void);

// integers.c
uint64_t list(void), matrix(void), machine(void), sort(void), sha256(void), bytecode(void);
// programs.c
uint64_t lz(void), dijkstra(void), regex(void), json(void), hashes(void), btree(void), bignum(void), filters(void);
uint64_t script(void), halves(void);
// floats.c
uint64_t doubles(void), lu(void), singles(void);
// vectors.c
uint64_t saxpy(void), stencil(void), elements(void);
// ciphers.c
uint64_t aes(void), sha(void);
// calls.c
uint64_t libc(void), strings(void), calls(void), forks(void), execs(void), switches(void), signals(void), pages(void);

// library.c: each function for blocks of these sizes.
#define FOR_EACH_SIZE(use, name) \
  use(name, 16) use(name, 256) use(name, 4K) use(name, 64K) use(name, 1M) use(name, 8M)
#define FOR_EACH_BLOCK_FUNCTION(use) \
  FOR_EACH_SIZE(use, memcpy) FOR_EACH_SIZE(use, memset) FOR_EACH_SIZE(use, memcmp) FOR_EACH_SIZE(use, strlen)
#define DECLARE(name, size) uint64_t name##_##size(void);
FOR_EACH_BLOCK_FUNCTION(DECLARE)
#undef DECLARE

// What SHA-256 begins with, and adds in each round.
extern const uint32_t sha256_start[8], sha256_rounds[64];
