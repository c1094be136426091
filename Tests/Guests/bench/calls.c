// What the C library and the kernel do.
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

uint64_t libc(void) {
  static char a[65536], b[65536];
  uint64_t sum = 0;
  for (unsigned i = 0; i < sizeof a; i++) a[i] = (char)(1 + next_random() % 255);
  a[sizeof a - 1] = 0;
  for (int round = 0; round < 300; round++) {
    memcpy(b, a, sizeof a);
    memmove(b + 1 + round % 13, b, sizeof b / 2);
    sum += strlen(b) + (uint8_t)b[round * 7];
  }
  return sum;
}

uint64_t strings(void) {
  static char a[32768], b[32768];
  uint64_t sum = 0;
  for (unsigned round = 0; round < 150; round++) {
    memset(a, 'a' + (int)round % 26, sizeof a - 1);
    memset(b, 'a' + (int)round % 26, sizeof b - 1);
    a[sizeof a - 2 - round] = 'A';
    sum += strcmp(a, b) < 0;
    sum += (uint64_t)(strchr(a, 'A') - a) + (uint64_t)((char *)memchr(a + 1, 'A', sizeof a - 1) - a);
    // Many short ones.
    for (unsigned place = 0; place < 2000; place += 20) {
      sum += memcmp(a + place, b + place, 19) == 0;
      sum += strncmp(a + place, b + place, 9) == 0;
    }
  }
  return sum;
}

uint64_t calls(void) {
  int ends[2];
  uint64_t sum = 0;
  if (pipe(ends)) return 0;
  for (unsigned i = 0; i < 20000; i++) {
    unsigned char c = (unsigned char)i;
    if (write(ends[1], &c, 1) != 1 || read(ends[0], &c, 1) != 1) return 0;
    sum += c;
  }
  close(ends[0]);
  close(ends[1]);
  return sum;
}

// Processes that end at once.
uint64_t forks(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 150; i++) {
    pid_t child = fork();
    if (child == 0) _exit(i & 63);
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 0;
    sum = sum * 3 + (uint64_t)WEXITSTATUS(status);
  }
  return sum;
}

// Memory that is mapped, touched and given back.
uint64_t pages(void) {
  enum { size = 8 << 20, step = 4096 };
  uint64_t sum = 0;
  for (int i = 0; i < 8; i++) {
    uint8_t *bytes = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return 0;
    for (unsigned place = 0; place < size; place += step) sum += ++bytes[place];
    munmap(bytes, size);
  }
  return sum;
}
