// What the C library and the kernel do.
#include <signal.h>
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

// Processes that execute this program, which ends at once.
uint64_t execs(void) {
  char *arguments[] = {(char *)program, "nothing", 0};
  uint64_t sum = 0;
  for (int i = 0; i < 40; i++) {
    pid_t child = fork();
    if (child == 0) {
      execv(program, arguments);
      _exit(1);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 0;
    sum = sum * 3 + 1 + (uint64_t)WEXITSTATUS(status);
  }
  return sum;
}

// Two processes that wait for each other.
uint64_t switches(void) {
  int to[2], from[2];
  uint64_t sum = 0;
  if (pipe(to) || pipe(from)) return 0;
  pid_t child = fork();
  if (child < 0) return 0;
  unsigned char c;
  if (child == 0) {
    close(to[1]);
    while (read(to[0], &c, 1) == 1) {
      c ^= 0x5A;
      if (write(from[1], &c, 1) != 1) break;
    }
    _exit(0);
  }
  for (unsigned i = 0; i < 5000; i++) {
    c = (unsigned char)i;
    if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1) return 0;
    sum += c;
  }
  close(to[0]);
  close(to[1]);
  close(from[0]);
  close(from[1]);
  waitpid(child, 0, 0);
  return sum;
}

static volatile uint64_t signal_sum;
static void handle(int number) { signal_sum += (uint64_t)number; }

uint64_t signals(void) {
  struct sigaction action = {.sa_handler = handle};
  signal_sum = 0;
  if (sigaction(SIGUSR1, &action, 0)) return 0;
  for (int i = 0; i < 20000; i++) raise(SIGUSR1);
  return signal_sum;
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
