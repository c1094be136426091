// What the inner loops of well-known programs do, in C as they are written: each returns a checksum of what it made.
#include <stdlib.h>
#include <string.h>

#include "bench.h"

// Compression by references to what came before, by a hash of four bytes, and back.
uint64_t lz(void) {
  enum { size = 1 << 17 };
  static uint8_t text[size], packed[2 * size], again[size];
  static uint32_t table[1 << 12];
  static const char *const words[] = {"device ", "tree ", "the ", "processor", "; ", "partition ", "of ", "\n"};
  unsigned count = 0;
  while (count < size) {
    const char *word = words[next_random() % 8];
    for (; *word && count < size; word++) text[count++] = (uint8_t)*word;
    if (next_random() % 16 == 0 && count < size) text[count++] = (uint8_t)next_random();
  }
  memset(table, 0, sizeof table);
  unsigned out = 0, start = 0, place = 0;
  while (place + 8 < size) {
    uint32_t four;
    memcpy(&four, text + place, 4);
    unsigned hash = four * 2654435761u >> 20, found = table[hash];
    table[hash] = place;
    if (found >= place || place - found > 65535 || memcmp(text + found, text + place, 4)) { place++; continue; }
    unsigned length = 4;
    while (place + length < size && length < 250 && text[found + length] == text[place + length]) length++;
    unsigned literals = place - start;
    for (; literals > 254; literals -= 254, start += 254) {
      packed[out++] = 255;
      memcpy(packed + out, text + start, 254), out += 254;
    }
    packed[out++] = (uint8_t)literals;
    memcpy(packed + out, text + start, literals), out += literals;
    packed[out++] = (uint8_t)length;
    packed[out++] = (uint8_t)(place - found), packed[out++] = (uint8_t)((place - found) >> 8);
    place += length, start = place;
  }
  unsigned in = 0, made = 0;
  while (in < out) {
    unsigned literals = packed[in++], more = literals == 255;
    if (more) literals = 254;
    for (unsigned i = 0; i < literals; i++) again[made++] = packed[in++];
    if (more) continue;
    unsigned length = packed[in], distance = packed[in + 1] | packed[in + 2] << 8;
    in += 3;
    for (unsigned i = 0; i < length; i++, made++) again[made] = again[made - distance];
  }
  return memcmp(text, again, made) ? 0 : (uint64_t)out << 32 | made;
}

// Shortest paths in a graph of lists, with a heap.
uint64_t dijkstra(void) {
  enum { nodes = 4000, edges = 6 };
  static struct { uint32_t to, length; } graph[nodes][edges];
  static uint32_t distance[nodes], heap[nodes * edges], where;
  uint64_t sum = 0;
  for (unsigned i = 0; i < nodes; i++)
    for (unsigned e = 0; e < edges; e++) {
      graph[i][e].to = (uint32_t)(next_random() % nodes);
      graph[i][e].length = 1 + (uint32_t)(next_random() % 1000);
    }
  for (unsigned source = 0; source < 4; source++) {
    memset(distance, 0xFF, sizeof distance);
    distance[source] = 0, heap[0] = source, where = 1;
    while (where > 0) {
      uint32_t node = heap[0], last = heap[--where];
      unsigned hole = 0;
      for (unsigned child; (child = 2 * hole + 1) < where; hole = child) {
        if (child + 1 < where && distance[heap[child + 1]] < distance[heap[child]]) child++;
        if (distance[heap[child]] >= distance[last]) break;
        heap[hole] = heap[child];
      }
      heap[hole] = last;
      for (unsigned e = 0; e < edges; e++) {
        uint32_t to = graph[node][e].to, length = distance[node] + graph[node][e].length;
        if (length >= distance[to] || where >= nodes * edges - 1) continue;
        distance[to] = length;
        unsigned place = where++;
        for (; place > 0 && distance[heap[(place - 1) / 2]] > length; place = (place - 1) / 2)
          heap[place] = heap[(place - 1) / 2];
        heap[place] = to;
      }
    }
    for (unsigned i = 0; i < nodes; i++) sum = sum * 31 + distance[i];
  }
  return sum;
}

// A backtracking matcher of patterns with classes and repetitions.
static int matches_here(const char *pattern, const char *text) {
  for (;;) {
    if (!*pattern) return 1;
    int any = *pattern == '.', digit = *pattern == '#';
    char wanted = *pattern;
#define FITS(c) ((c) && (any || (digit ? (c) >= '0' && (c) <= '9' : (c) == wanted)))
    if (pattern[1] == '*') {
      do
        if (matches_here(pattern + 2, text)) return 1;
      while (FITS(*text) && (text++, 1));
      return 0;
    }
    if (!FITS(*text)) return 0;
    pattern++, text++;
  }
}

uint64_t regex(void) {
  static char text[20000];
  static const char *const patterns[] = {"a.*b#c", "##*x", "ab*c", "#.#.z*a", ".*dd#"};
  uint64_t sum = 0;
  for (unsigned i = 0; i < sizeof text - 1; i++) text[i] = "abcdxz0123"[next_random() % 10];
  for (unsigned place = 31; place < sizeof text; place += 32) text[place] = 0;
  for (unsigned p = 0; p < 5; p++)
    for (unsigned place = 0; place < sizeof text - 1; place++) sum = sum * 3 + (uint64_t)matches_here(patterns[p], text + place);
  return sum;
}

// A reader of JSON, which counts and adds what it finds.
static const char *value(const char *at, uint64_t *sum, int depth) {
  while (*at == ' ' || *at == '\n') at++;
  switch (*at) {
  case '{':
  case '[':
    for (at++; *at != '}' && *at != ']';) {
      at = value(at, sum, depth + 1);
      while (*at == ' ' || *at == ',' || *at == ':' || *at == '\n') at++;
    }
    *sum += (uint64_t)depth;
    return at + 1;
  case '"':
    for (at++; *at != '"'; at++) {
      if (*at == '\\') at++;
      *sum = *sum * 33 + (uint8_t)*at;
    }
    return at + 1;
  default: {
    double number = 0, scale = 1;
    int negative = *at == '-', point = 0;
    for (at += negative; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
      if (*at == '.') { point = 1; continue; }
      number = number * 10 + (*at - '0');
      if (point) scale *= 10;
    }
    *sum += (uint64_t)(int64_t)((negative ? -number : number) / scale * 8);
    return at;
  }
  }
}

uint64_t json(void) {
  static char text[1 << 17];
  unsigned count = 0;
  uint64_t sum = 0;
  text[count++] = '[';
  while (count < sizeof text - 200) {
    uint64_t n = next_random();
    static const char *const names[] = {"\"reg\"", "\"name\"", "\"cpu-version\"", "\"status\""};
    const char *name = names[n & 3];
    text[count++] = '{';
    for (; *name; name++) text[count++] = *name;
    text[count++] = ':', text[count++] = ' ';
    if (n & 4) text[count++] = '-';
    for (unsigned digits = 1 + (n >> 3) % 7; digits > 0; digits--) text[count++] = (char)('0' + (n >> (4 * digits)) % 10);
    text[count++] = '.', text[count++] = '5', text[count++] = ',', text[count++] = ' ';
    text[count++] = '"', text[count++] = 'k', text[count++] = '\\', text[count++] = '"', text[count++] = '"';
    text[count++] = ':', text[count++] = '[', text[count++] = '7', text[count++] = ']', text[count++] = '}';
    text[count++] = ',';
  }
  text[count++] = '0', text[count++] = ']', text[count] = 0;
  for (int round = 0; round < 6; round++) value(text, &sum, 0);
  return sum;
}

// A table of strings with open addresses.
uint64_t hashes(void) {
  enum { slots = 1 << 14 };
  static struct { char key[24]; uint32_t count; } table[slots];
  uint64_t sum = 0;
  memset(table, 0, sizeof table);
  for (unsigned i = 0; i < 60000; i++) {
    char key[24] = "symbol_";
    uint64_t n = next_random() % 9000;
    unsigned length = 7;
    do key[length++] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    uint32_t hash = 2166136261u;
    for (unsigned c = 0; c < length; c++) hash = (hash ^ (uint8_t)key[c]) * 16777619u;
    unsigned place = hash & (slots - 1);
    while (table[place].count && strcmp(table[place].key, key)) place = (place + 1) & (slots - 1);
    if (!table[place].count) strcpy(table[place].key, key);
    table[place].count++;
    sum += place;
  }
  for (unsigned i = 0; i < slots; i++) sum = sum * 5 + table[i].count;
  return sum;
}

// A tree with several keys in a node.
enum { keys = 15 };
struct node {
  int count;
  uint32_t key[keys];
  struct node *child[keys + 1];
};
static struct node pool[8192];
static int used;

static void divide(struct node *parent, int at) {
  struct node *left = parent->child[at], *right = &pool[used++];
  right->count = keys / 2, left->count = keys / 2;
  memcpy(right->key, left->key + keys / 2 + 1, sizeof(uint32_t) * (keys / 2));
  memcpy(right->child, left->child + keys / 2 + 1, sizeof(struct node *) * (keys / 2 + 1));
  for (int i = parent->count; i > at; i--) parent->key[i] = parent->key[i - 1], parent->child[i + 1] = parent->child[i];
  parent->key[at] = left->key[keys / 2], parent->child[at + 1] = right, parent->count++;
}

uint64_t btree(void) {
  uint64_t sum = 0;
  memset(pool, 0, sizeof pool), used = 1;
  struct node *root = &pool[0];
  for (unsigned i = 0; i < 30000; i++) {
    uint32_t key = (uint32_t)next_random();
    if (root->count == keys) {
      struct node *above = &pool[used++];
      above->child[0] = root, root = above;
      divide(root, 0);
    }
    for (struct node *node = root;;) {
      int at = 0;
      while (at < node->count && node->key[at] < key) at++;
      if (!node->child[0]) {
        for (int k = node->count; k > at; k--) node->key[k] = node->key[k - 1];
        node->key[at] = key, node->count++;
        break;
      }
      if (node->child[at]->count == keys) {
        divide(node, at);
        if (node->key[at] < key) at++;
      }
      node = node->child[at];
    }
  }
  for (unsigned i = 0; i < 60000; i++) {
    uint32_t key = (uint32_t)next_random();
    unsigned depth = 0;
    for (struct node *node = root; node; depth++) {
      int at = 0;
      while (at < node->count && node->key[at] < key) at++;
      node = node->child[at];
    }
    sum = sum * 7 + depth;
  }
  return sum + (uint64_t)used;
}

// Products of long numbers.
uint64_t bignum(void) {
  enum { words = 64 };
  static uint64_t a[words], b[words], product[2 * words];
  uint64_t sum = 0;
  for (unsigned i = 0; i < words; i++) a[i] = next_random(), b[i] = next_random();
  for (int round = 0; round < 250; round++) {
    memset(product, 0, sizeof product);
    for (unsigned i = 0; i < words; i++) {
      unsigned __int128 carry = 0;
      for (unsigned j = 0; j < words; j++) {
        carry += (unsigned __int128)a[i] * b[j] + product[i + j];
        product[i + j] = (uint64_t)carry, carry >>= 64;
      }
      product[i + words] = (uint64_t)carry;
    }
    memcpy(a, product + words / 2, sizeof a);
    sum ^= product[round & (2 * words - 1)];
  }
  return sum;
}

// The filters of PNG, and the choice of the smallest.
static int nearest(int a, int b, int c) {
  int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

uint64_t filters(void) {
  enum { width = 1536, height = 24 };
  static uint8_t image[height][width], line[4][width];
  uint64_t sum = 0;
  for (unsigned y = 0; y < height; y++)
    for (unsigned x = 0; x < width; x++) image[y][x] = (uint8_t)(x + y * 3 + next_random() % 9);
  for (int round = 0; round < 8; round++)
    for (unsigned y = 1; y < height; y++) {
      unsigned total[4] = {0};
      for (unsigned x = 3; x < width; x++) {
        int left = image[y][x - 3], up = image[y - 1][x], corner = image[y - 1][x - 3];
        line[0][x] = (uint8_t)(image[y][x] - left), line[1][x] = (uint8_t)(image[y][x] - up);
        line[2][x] = (uint8_t)(image[y][x] - (left + up) / 2);
        line[3][x] = (uint8_t)(image[y][x] - nearest(left, up, corner));
      }
      unsigned best = 0;
      for (unsigned f = 0; f < 4; f++) {
        for (unsigned x = 3; x < width; x++) total[f] += (unsigned)abs((int8_t)line[f][x]);
        if (total[f] < total[best]) best = f;
      }
      sum = sum * 131 + total[best] + line[best][y * 7];
    }
  return sum;
}

// A machine with registers and tagged values, as scripting languages have it.
uint64_t script(void) {
  enum { load, add, multiply, less, branch, index, store, end };
  struct value { int tag; union { int64_t i; double d; } as; };
  static const uint8_t program[][4] = {
      {load, 0, 0}, {load, 1, 1}, {load, 2, 2}, {load, 3, 3},
      // 4:
      {index, 4, 0}, {add, 2, 2, 4}, {multiply, 5, 2, 1}, {add, 5, 5, 3}, {store, 5, 0}, {add, 0, 0, 1},
      {less, 6, 0, 7}, {branch, 6, 4}, {end}};
  static struct value array[256], constants[4] = {{0, {0}}, {0, {1}}, {1, {.d = 0.5}}, {1, {.d = 0.25}}};
  uint64_t sum = 0;
  for (unsigned i = 0; i < 256; i++) array[i].tag = i & 1, array[i].as.i = (int64_t)(next_random() & 255);
  for (unsigned i = 1; i < 256; i += 2) array[i].as.d = (double)i;
  for (unsigned round = 0; round < 250; round++) {
    struct value r[8] = {{0, {0}}};
    r[7].as.i = 256;
    for (const uint8_t(*at)[4] = program;; at++) {
      struct value *a = &r[(*at)[1]], *b = &r[(*at)[2] & 7], *c = &r[(*at)[3] & 7];
      switch ((*at)[0]) {
      case load: *a = constants[(*at)[2]]; continue;
      case add:
        if (b->tag | c->tag) {
          double x = b->tag ? b->as.d : (double)b->as.i, y = c->tag ? c->as.d : (double)c->as.i;
          a->tag = 1, a->as.d = x + y;
        } else a->tag = 0, a->as.i = b->as.i + c->as.i;
        continue;
      case multiply:
        if (b->tag | c->tag) {
          double x = b->tag ? b->as.d : (double)b->as.i, y = c->tag ? c->as.d : (double)c->as.i;
          a->tag = 1, a->as.d = x * y;
        } else a->tag = 0, a->as.i = b->as.i * c->as.i;
        continue;
      case less: a->tag = 0, a->as.i = b->as.i < c->as.i; continue;
      case branch: if (a->as.i) at = program + 3; continue;
      case index: *a = array[b->as.i & 255]; continue;
      case store: if (b->as.i % 3 == 0) array[b->as.i & 255].as.i ^= 1; continue;
      default: break;
      }
      break;
    }
    sum = sum * 31 + (uint64_t)r[2].as.d;
  }
  return sum;
}

// Matrices and a reader of numbers in 16 bits, as small processors have them.
uint64_t halves(void) {
  enum { side = 60 };
  static int16_t a[side][side], b[side][side];
  static int32_t c[side][side];
  static char text[4096];
  uint64_t sum = 0;
  for (unsigned i = 0; i < side; i++)
    for (unsigned j = 0; j < side; j++) a[i][j] = (int16_t)next_random(), b[i][j] = (int16_t)(next_random() & 255);
  for (unsigned i = 0; i < sizeof text; i++) text[i] = "0123456789+-.eE,,, x"[next_random() % 20];
  for (int round = 0; round < 16; round++) {
    for (unsigned i = 0; i < side; i++)
      for (unsigned j = 0; j < side; j++) {
        int32_t total = 0;
        for (unsigned k = 0; k < side; k++) total += (int32_t)a[i][k] * b[k][j];
        c[i][j] = total;
      }
    uint16_t crc = 0xFFFF;
    for (unsigned i = 0; i < side; i++)
      for (unsigned j = 0; j < side; j++) {
        a[i][j] = (int16_t)(a[i][j] + (int16_t)(c[i][j] >> 5));
        for (uint16_t byte = (uint16_t)c[i][j] & 0xFF, bit = 0; bit < 4; bit++, byte >>= 1)
          crc = (uint16_t)(((crc ^ byte) & 1 ? 0xA001 : 0) ^ crc >> 1);
      }
    uint16_t counts[5] = {0};
    unsigned state = 0;
    for (unsigned i = 0; i < sizeof text; i++) {
      char x = text[i];
      counts[state]++;
      switch (state) {
      case 0: state = x >= '0' && x <= '9' ? 1 : x == '+' || x == '-' ? 2 : x == ',' ? 0 : 4; break;
      case 1: state = x == '.' ? 2 : x == ',' ? 0 : x == 'e' || x == 'E' ? 3 : x >= '0' && x <= '9' ? 1 : 4; break;
      case 2: state = x >= '0' && x <= '9' ? 1 : x == ',' ? 0 : 4; break;
      case 3: state = x == '+' || x == '-' ? 2 : x == ',' ? 0 : 4; break;
      default: if (x == ',') state = 0;
      }
    }
    for (int i = 0; i < 5; i++) sum = sum * 17 + counts[i];
    sum = sum * 31 + crc;
  }
  return sum;
}
