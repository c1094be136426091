// Scalar floating point.
#include <math.h>
#include <string.h>

#include "bench.h"

uint64_t doubles(void) {
  enum { bodies = 5 };
  double x[bodies], v[bodies], m[bodies];
  for (int i = 0; i < bodies; i++) { x[i] = i * 1.5 + 0.25; v[i] = 0.01 * i; m[i] = 1.0 / (i + 1); }
  for (int step = 0; step < 20000; step++) {
    for (int i = 0; i < bodies; i++)
      for (int j = i + 1; j < bodies; j++) {
        double d = x[i] - x[j], f = 0.001 / (d * d + 0.01);
        v[i] -= d * f * m[j];
        v[j] += d * f * m[i];
      }
    for (int i = 0; i < bodies; i++) x[i] += 0.001 * v[i];
  }
  double sum = 0;
  for (int i = 0; i < bodies; i++) sum += x[i] * (i + 1);
  uint64_t bits;
  memcpy(&bits, &sum, 8);
  return bits;
}

// A matrix made into the product of two triangular ones, with a column's largest number as pivot.
uint64_t lu(void) {
  enum { n = 96 };
  static double a[n][n];
  double sum = 0;
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) a[i][j] = (double)(int64_t)next_random() / 9e18;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++)
        if (fabs(a[i][k]) > fabs(a[pivot][k])) pivot = i;
      for (int j = 0; j < n && pivot != k; j++) {
        double t = a[k][j];
        a[k][j] = a[pivot][j];
        a[pivot][j] = t;
      }
      for (int i = k + 1; i < n; i++) {
        double factor = a[i][k] /= a[k][k];
        for (int j = k + 1; j < n; j++) a[i][j] -= factor * a[k][j];
      }
      sum += log2(fabs(a[k][k]));
    }
  }
  uint64_t bits;
  memcpy(&bits, &sum, 8);
  return bits;
}

// Points of the Mandelbrot set, and a digital filter.
uint64_t singles(void) {
  uint64_t steps = 0;
  for (int row = 0; row < 48; row++)
    for (int column = 0; column < 64; column++) {
      float x = 0, y = 0, cx = column / 24.0f - 2, cy = row / 24.0f - 1;
      for (int n = 0; n < 100 && x * x + y * y < 4; n++, steps++) {
        float next = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = next;
      }
    }
  float a = 0, b = 0, sum = 0;
  for (int i = 0; i < 200000; i++) {
    float next = (float)(i & 63) + 1.6f * a - 0.7f * b;
    b = a;
    a = next;
    sum += next / (1 + fabsf(b));
  }
  uint32_t bits;
  memcpy(&bits, &sum, 4);
  return steps << 32 | bits;
}
