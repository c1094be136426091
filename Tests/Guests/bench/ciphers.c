// AES and SHA-256 with the instructions made for them; in plain C where there are none.
#include <string.h>

#include "bench.h"

static uint8_t substitutes[256];

// The S-box: inverses in GF(2⁸), turned.
static void make_substitutes(void) {
  uint8_t p = 1, q = 1;
  do {
    p ^= (uint8_t)(p << 1) ^ (p & 0x80 ? 0x1b : 0);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    if (q & 0x80) q ^= 0x09;
    uint8_t turned = q;
    for (int n = 1; n < 5; n++) turned ^= (uint8_t)(q << n | q >> (8 - n));
    substitutes[p] = turned ^ 0x63;
  } while (p != 1);
  substitutes[0] = 0x63;
}

static void expand(uint8_t keys[176]) {
  uint8_t constant = 1;
  for (int i = 16; i < 176; i += 4) {
    uint8_t t[4];
    memcpy(t, keys + i - 4, 4);
    if (i % 16 == 0) {
      uint8_t first = t[0];
      for (int n = 0; n < 3; n++) t[n] = substitutes[t[n + 1]];
      t[3] = substitutes[first];
      t[0] ^= constant;
      constant = (uint8_t)(constant << 1) ^ (constant & 0x80 ? 0x1b : 0);
    }
    for (int n = 0; n < 4; n++) keys[i + n] = keys[i + n - 16] ^ t[n];
  }
}

#ifdef __powerpc64__
#include <altivec.h>

typedef vector unsigned char bytes;
typedef vector unsigned long long doublewords;

static void encrypt(const uint8_t keys[176], uint8_t block[16]) {
  bytes s = vec_xl_be(0, block) ^ vec_xl_be(0, keys);
  for (int round = 1; round < 10; round++)
    s = (bytes)__builtin_crypto_vcipher((doublewords)s, (doublewords)vec_xl_be(16 * round, keys));
  s = (bytes)__builtin_crypto_vcipherlast((doublewords)s, (doublewords)vec_xl_be(160, keys));
  vec_xst_be(s, 0, block);
}

// One word of the algorithm, in each element.
typedef vector unsigned int word;
#define SIGMA(x, upper, which) __builtin_crypto_vshasigmaw(x, upper, (which) * 15)
#define WORD(x) vec_splats(x)
#define NUMBER(x) ((x)[0])
#else
static uint8_t twice(uint8_t x) { return (uint8_t)(x << 1) ^ (x & 0x80 ? 0x1b : 0); }

static void encrypt(const uint8_t keys[176], uint8_t block[16]) {
  uint8_t s[16];
  for (int i = 0; i < 16; i++) s[i] = block[i] ^ keys[i];
  for (int round = 1; round <= 10; round++) {
    uint8_t t[16];
    for (int i = 0; i < 16; i++) t[i] = substitutes[s[(i + 4 * (i & 3)) & 15]];
    for (int c = 0; c < 16; c += 4)
      for (int i = 0; i < 4; i++) {
        uint8_t a = t[c + i], b = t[c + (i + 1) % 4], d = t[c + (i + 2) % 4], e = t[c + (i + 3) % 4];
        s[c + i] = (round == 10 ? a : twice(a) ^ twice(b) ^ b ^ d ^ e) ^ keys[16 * round + c + i];
      }
  }
  memcpy(block, s, 16);
}

typedef uint32_t word;
#define ROTATED(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define SIGMA(x, upper, which)                                                                    \
  (upper ? which ? ROTATED(x, 6) ^ ROTATED(x, 11) ^ ROTATED(x, 25)                                \
                 : ROTATED(x, 2) ^ ROTATED(x, 13) ^ ROTATED(x, 22)                                \
         : which ? ROTATED(x, 17) ^ ROTATED(x, 19) ^ (x) >> 10                                    \
                 : ROTATED(x, 7) ^ ROTATED(x, 18) ^ (x) >> 3)
#define WORD(x) (x)
#define NUMBER(x) (x)
#endif

// Counters, encrypted.
uint64_t aes(void) {
  uint8_t keys[176];
  uint64_t sum = 0;
  make_substitutes();
  for (int i = 0; i < 16; i++) keys[i] = (uint8_t)next_random();
  expand(keys);
  for (unsigned i = 0; i < 40000; i++) {
    uint8_t block[16] = {(uint8_t)i, (uint8_t)(i >> 8)};
    encrypt(keys, block);
    for (int n = 0; n < 8; n++) sum += (uint64_t)block[2 * n] << (8 * n);
  }
  return sum;
}

static void block(word h[8], const uint8_t *p) {
  word w[64];
  for (int i = 0; i < 16; i++) {
    uint32_t big = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    w[i] = WORD(big);
  }
  for (int i = 16; i < 64; i++)
    w[i] = w[i - 16] + SIGMA(w[i - 15], 0, 0) + w[i - 7] + SIGMA(w[i - 2], 0, 1);
  word a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], x = h[7];
  for (int i = 0; i < 64; i++) {
    word t1 = x + SIGMA(e, 1, 1) + ((e & f) ^ (~e & g)) + WORD(sha256_rounds[i]) + w[i];
    word t2 = SIGMA(a, 1, 0) + ((a & b) ^ (a & c) ^ (b & c));
    x = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += x;
}

// The same as `sha256`.
uint64_t sha(void) {
  static uint8_t data[65536];
  for (unsigned i = 0; i < sizeof data; i++) data[i] = (uint8_t)next_random();
  word h[8];
  for (int i = 0; i < 8; i++) h[i] = WORD(sha256_start[i]);
  for (int round = 0; round < 12; round++)
    for (unsigned i = 0; i < sizeof data; i += 64) block(h, data + i);
  return (uint64_t)NUMBER(h[0]) << 32 | NUMBER(h[7]);
}
