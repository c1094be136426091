#ifndef CASMJIT_WRITER_H
#define CASMJIT_WRITER_H

#include "CAsmJit.h"

#include <cstring>

namespace casm {

// Writes at the end of the code. The place is a local variable meanwhile: bytes could change any other, for all that
// compilers can prove, which would then be read again after each of them. So all functions are inlined.
struct Writer {
  uint8_t *&target, *next;

  explicit Writer(uint8_t *&next) : target(next), next(next) {}
  ~Writer() { target = next; }

  void byte(unsigned value) { *next++ = uint8_t(value); }
  void word(uint32_t value) {
    memcpy(next, &value, 4);
    next += 4;
  }
  void immediate(int64_t value, int size) {
    memcpy(next, &value, 8);
    next += size;
  }

  // Prefixes and opcode; `rex` has the high bits of registers.
  [[gnu::always_inline]] void opcode(int size, unsigned rex, bool isForced, unsigned map, unsigned code) {
    if (size == 2) byte(0x66);
    if (size == 8) rex |= 8;
    if (rex || isForced) byte(0x40 | rex);
    if (map) byte(0x0F);
    if (map == 2) byte(0x38);
    byte(code);
  }

  [[gnu::always_inline]] void registers(int size, bool isForced, unsigned map, unsigned code, int reg, int rm) {
    opcode(size, unsigned(reg >> 3 << 2 | rm >> 3), isForced, map, code);
    byte(0xC0u | unsigned(reg & 7) << 3 | unsigned(rm & 7));
  }

  static unsigned high(CAsmMemory m, int reg) {
    unsigned rex = unsigned(reg >> 3 << 2);
    if (m.base >= 8) rex |= 1;
    if (m.index >= 8) rex |= 2;
    return rex;
  }

  [[gnu::always_inline]] void place(CAsmMemory m, int reg) {
    const unsigned field = unsigned(reg & 7) << 3;
    const unsigned base = unsigned(m.base & 7);
    if (m.base < 0) {
      byte(field | 4);
      byte(unsigned(m.shift) << 6 | unsigned(m.index & 7) << 3 | 5);
      return word(uint32_t(m.displacement));
    }
    const bool isIndexed = m.index >= 0 || base == 4;
    const unsigned rm = isIndexed ? 4 : base;
    const unsigned index = m.index >= 0 ? unsigned(m.shift) << 6 | unsigned(m.index & 7) << 3 : 4 << 3;
    const bool isNone = m.displacement == 0 && base != 5;
    const bool isByte = m.displacement == int8_t(m.displacement);
    byte((isNone ? 0 : isByte ? 0x40 : 0x80) | field | rm);
    if (isIndexed) byte(index | base);
    if (isNone) return;
    if (isByte) return byte(unsigned(m.displacement));
    word(uint32_t(m.displacement));
  }

  [[gnu::always_inline]] void memory(int size, bool isForced, unsigned map, unsigned code, int reg, CAsmMemory m) {
    opcode(size, high(m, reg), isForced, map, code);
    place(m, reg);
  }

  [[gnu::always_inline]] void vex(unsigned rex, unsigned map, unsigned prefix, bool isWide, int second, unsigned code) {
    byte(0xC4);
    byte((~rex & 7) << 5 | map);
    byte((isWide ? 0x80u : 0) | (~unsigned(second) & 15) << 3 | prefix);
    byte(code);
  }
};

// The low bytes of SPL to DIL need a prefix.
inline bool isForced(int size, int r) { return size == 1 && r >= 4; }

}  // namespace casm

#endif
