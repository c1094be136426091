// Integer code as compilers make it.
#include <stdlib.h>
#include <string.h>

#include "bench.h"

// These measure how code is executed, not the host's caches and predictions: what they touch often
// is small, and what they decide repeats.

// A list in random order, walked and turned round.
struct node { struct node *next; uint64_t value; };
uint64_t list(void) {
  enum { count = 1000 };
  static struct node nodes[count];
  static unsigned order[count];
  for (unsigned i = 0; i < count; i++) order[i] = i;
  for (unsigned i = count - 1; i > 0; i--) {
    unsigned j = next_random() % (i + 1), t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  for (unsigned i = 0; i < count; i++) {
    nodes[order[i]].next = i + 1 < count ? &nodes[order[i + 1]] : NULL;
    nodes[order[i]].value = i;
  }
  uint64_t sum = 0;
  struct node *head = &nodes[order[0]];
  for (int round = 0; round < 2000; round++) {
    struct node *turned = NULL;
    for (struct node *n = head; n; n = n->next) sum = sum * 3 + n->value;
    while (head) {
      struct node *next = head->next;
      head->next = turned;
      turned = head;
      head = next;
    }
    head = turned;
  }
  return sum;
}

uint64_t matrix(void) {
  enum { n = 96 };
  static int32_t a[n][n], b[n][n], c[n][n];
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      a[i][j] = i * 3 + j;
      b[i][j] = i - j * 5;
    }
  uint64_t sum = 0;
  for (int round = 0; round < 8; round++) {
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        int32_t s = 0;
        for (int k = 0; k < n; k++) s += a[i][k] * b[k][j];
        c[i][j] = s + round;
      }
    for (int i = 0; i < n; i++) sum = sum * 31 + (uint32_t)c[i][(i * 7) % n];
    a[round][round]++;
  }
  return sum;
}

// Counts words and numbers of a text.
uint64_t machine(void) {
  static char text[65536];
  static const char line[] = "in 1946 one machine took 30 tons, or 27 tonnes.\n";
  for (unsigned i = 0; i < sizeof text; i++) text[i] = line[i % (sizeof line - 1)];
  uint64_t words = 0, numbers = 0, lines = 0, other = 0;
  for (int round = 0; round < 40; round++) {
    enum { space, word, number } s = space;
    for (unsigned i = 0; i < sizeof text; i++) {
      char c = text[i];
      switch (s) {
        case space:
          if (c >= 'a' && c <= 'z') { s = word; words++; }
          else if (c >= '0' && c <= '9') { s = number; numbers++; }
          else if (c == '\n') lines++;
          break;
        case word:
          if (c == ' ' || c == '\n') s = space;
          else if (c == ',' || c == '.') { other++; s = space; }
          break;
        case number:
          if (c < '0' || c > '9') s = c >= 'a' ? word : space;
          break;
      }
    }
  }
  return words * 1000003 + numbers * 1009 + lines * 31 + other;
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}
uint64_t sort(void) {
  enum { count = 100000 };
  static uint32_t v[count];
  for (unsigned i = 0; i < count; i++) v[i] = (uint32_t)next_random();
  qsort(v, count, sizeof v[0], compare);
  uint64_t sum = 0;
  for (unsigned i = 0; i < count; i++) sum = sum * 31 + v[i];
  return sum;
}

const uint32_t sha256_start[8] = {
  0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19};
const uint32_t sha256_rounds[64] = {
  0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,
  0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,
  0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,
  0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,
  0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,
  0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,
  0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,
  0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};
static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }
static void block(uint32_t h[8], const uint8_t *p) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], x = h[7];
  for (int i = 0; i < 64; i++) {
    uint32_t t1 = x + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & f) ^ (~e & g)) + sha256_rounds[i] + w[i];
    uint32_t t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    x = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += x;
}
uint64_t sha256(void) {
  static uint8_t data[65536];
  for (unsigned i = 0; i < sizeof data; i++) data[i] = (uint8_t)next_random();
  uint32_t h[8];
  memcpy(h, sha256_start, sizeof h);
  for (int round = 0; round < 12; round++)
    for (unsigned i = 0; i < sizeof data; i += 64) block(h, data + i);
  return (uint64_t)h[0] << 32 | h[7];
}

// A stack machine: s = s * 31 + i modulo 2^20 for each i.
enum { PUSH, ADD, MUL, AND, LOAD, STORE, LESS, JUMP_IF, HALT };
uint64_t bytecode(void) {
  static const int code[] = {
    LOAD, 1, PUSH, 31, MUL, LOAD, 0, ADD, PUSH, 0xFFFFF, AND, STORE, 1,
    LOAD, 0, PUSH, 1, ADD, STORE, 0,
    LOAD, 0, PUSH, 300000, LESS, JUMP_IF, 0, HALT,
  };
  static int64_t stack[64], memory[8];
  memset(memory, 0, sizeof memory);
  int64_t *sp = stack;
  for (int pc = 0;;) {
    switch (code[pc++]) {
      case PUSH: *sp++ = code[pc++]; break;
      case ADD: sp--; sp[-1] += sp[0]; break;
      case MUL: sp--; sp[-1] *= sp[0]; break;
      case AND: sp--; sp[-1] &= sp[0]; break;
      case LOAD: *sp++ = memory[code[pc++]]; break;
      case STORE: memory[code[pc++]] = *--sp; break;
      case LESS: sp--; sp[-1] = sp[-1] < sp[0]; break;
      case JUMP_IF: if (*--sp) pc = code[pc]; else pc++; break;
      default: return (uint64_t)memory[1];
    }
  }
}
