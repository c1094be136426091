// Loops that compilers make vector instructions of, with -O3.
#include <string.h>

#include "bench.h"

static uint64_t sum_of(const float *v, unsigned count) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, v + i, 4);
    sum = sum * 31 + bits;
  }
  return sum;
}

uint64_t saxpy(void) {
  enum { count = 4096 };
  static float x[count], y[count];
  for (unsigned i = 0; i < count; i++) {
    x[i] = (float)(next_random() % 100000) / 7;
    y[i] = 1;
  }
  for (int round = 0; round < 500; round++) {
    float a = 1e-3f * (float)(round % 17);
    for (unsigned i = 0; i < count; i++) y[i] += a * x[i];
  }
  return sum_of(y, count);
}

// Heat on a plate.
uint64_t stencil(void) {
  enum { n = 130 };
  static float plates[2][n][n];
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) plates[0][i][j] = plates[1][i][j] = (float)(next_random() % 1000);
  for (int step = 0; step < 40; step++) {
    float (*from)[n] = plates[step & 1], (*to)[n] = plates[~step & 1];
    for (int i = 1; i < n - 1; i++)
      for (int j = 1; j < n - 1; j++)
        to[i][j] = 0.2f * (from[i][j] + from[i - 1][j] + from[i + 1][j] + from[i][j - 1] + from[i][j + 1]);
  }
  return sum_of(plates[0][0], n * n);
}

// Integers of eight, 16 and 32 bits.
uint64_t elements(void) {
  enum { count = 8192 };
  static uint8_t a[count], b[count], mixed[count];
  static int16_t samples[count], louder[count];
  static uint32_t hash[count];
  for (unsigned i = 0; i < count; i++) {
    a[i] = (uint8_t)next_random();
    b[i] = (uint8_t)next_random();
    samples[i] = (int16_t)next_random();
    hash[i] = (uint32_t)next_random();
  }
  uint64_t sum = 0;
  for (unsigned round = 0; round < 60; round++) {
    // Two pictures, one showing through the other.
    for (unsigned i = 0; i < count; i++)
      mixed[i] = (uint8_t)((a[i] * round + b[i] * (255 - round) + 128) >> 8);
    // How much they differ.
    uint32_t difference = 0;
    for (unsigned i = 0; i < count; i++) difference += (uint32_t)(a[i] < mixed[i] ? mixed[i] - a[i] : a[i] - mixed[i]);
    // Sound, made louder as far as it goes.
    for (unsigned i = 0; i < count; i++) {
      int s = samples[i] * (int)(100 + round) / 64;
      louder[i] = (int16_t)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
    }
    for (unsigned i = 0; i < count; i++) {
      uint32_t h = hash[i] + (uint16_t)louder[i];
      h ^= h << 13;
      h ^= h >> 17;
      hash[i] = h ^ h << 5;
    }
    sum = sum * 31 + difference + hash[round];
  }
  return sum;
}
