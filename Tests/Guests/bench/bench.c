// What `make bench` measures: fixed work with answers that are checked, one line each. It is the
// only process of its guest, and powers off at the end.
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static const struct work {
  const char *name, *kind;
  uint64_t (*run)(void);
  // Compilers contract a * b + c where there is an instruction for it, so hosts may answer otherwise.
  int depends_on_host;
} works[] = {
  {"list", "integer", list},
  {"matrix", "integer", matrix},
  {"machine", "integer", machine},
  {"sort", "integer", sort},
  {"sha256", "integer", sha256},
  {"bytecode", "integer", bytecode},
  {"lz", "program", lz},
  {"dijkstra", "program", dijkstra},
  {"regex", "program", regex},
  {"json", "program", json},
  {"hashes", "program", hashes},
  {"btree", "program", btree},
  {"bignum", "program", bignum},
  {"filters", "program", filters},
  {"script", "program", script},
  {"halves", "program", halves},
  {"doubles", "double", doubles, 1},
  {"lu", "double", lu, 1},
  {"singles", "single", singles, 1},
  {"saxpy", "vector", saxpy, 1},
  {"stencil", "vector", stencil, 1},
  {"elements", "vector", elements},
  {"aes", "vector", aes},
  {"sha", "vector", sha},
  {"libc", "libc", libc},
  {"strings", "libc", strings},
  {"calls", "call", calls},
  {"forks", "process", forks},
  {"execs", "exec", execs},
  {"switches", "switch", switches},
  {"signals", "signal", signals},
  {"pages", "page", pages},
#define BLOCKS(name, size) {#name "-" #size, #name, name##_##size},
  FOR_EACH_BLOCK_FUNCTION(BLOCKS)
#undef BLOCKS
};

const char *program;

static const uint64_t seed = 88172645463325252ull;
static uint64_t state;
uint64_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

// The time of one run: each round is long enough for the clock and the caches, and disturbances of the host do not
// lengthen the fastest round.
static void measure(const struct work *work) {
  enum { rounds = 5, round_length = 150000000 };
  long long best = 0;
  uint64_t answer = 0;
  for (int round = 0; round < rounds; round++) {
    long long start = now(), taken;
    int runs = 0;
    do {
      state = seed;
      answer = work->run();
      runs++;
      taken = now() - start;
    } while (taken < round_length);
    if (round == 0 || taken / runs < best) best = taken / runs;
  }
  printf("bench %s %s %016llx%s %lld\n", work->name, work->kind, (unsigned long long)answer,
         work->depends_on_host ? "?" : "", best);
  fflush(stdout);
}

// Arguments, which the kernel takes from its command line, choose some of the works.
int main(int count, char **arguments) {
  program = arguments[0];
  for (unsigned i = 0; i < sizeof works / sizeof works[0]; i++) {
    int wanted = count == 1;
    for (int n = 1; n < count; n++) wanted |= strcmp(arguments[n], works[i].name) == 0;
    if (wanted) measure(&works[i]);
  }
  if (getpid() == 1) reboot(RB_POWER_OFF);
  return 0;
}
