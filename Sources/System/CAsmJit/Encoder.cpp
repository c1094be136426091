#include "Encoder.h"
#include "Writer.h"

namespace casm {

// MARK: bytes and labels

bool Encoder::grow(size_t count) {
  size_t used = size(), capacity = size_t(end - start) * 2 + count + 4096;
  auto larger = static_cast<uint8_t *>(realloc(start, capacity));
  if (!larger) {
    isRefused = true;
    return false;
  }
  start = larger;
  next = start + used;
  end = start + capacity;
  return true;
}

void Encoder::raw(const uint8_t *code, size_t count) {
  if (!ensure(count)) return;
  memcpy(next, code, count);
  next += count;
}

void Encoder::align16() {
  while (size() % 16 != 0 && ensure(1)) *next++ = 0xCC;
}

void Encoder::bind(uint32_t number) {
  if (number >= labels.size() || labels[number].offset != Label::none) {
    isRefused = true;
    return;
  }
  Label &label = labels[number];
  label.offset = int32_t(size());
  if (label.lastUse == Label::none) return;
  pendingLabels--;
  for (int32_t use = label.lastUse; use != Label::none;) {
    int32_t before;
    memcpy(&before, start + use, 4);
    int32_t distance = label.offset - (use + 4);
    memcpy(start + use, &distance, 4);
    use = before;
  }
}

void Encoder::displacement(uint32_t number) {
  if (number >= labels.size() || !ensure(4)) {
    isRefused = true;
    return;
  }
  Writer w(next);
  Label &label = labels[number];
  if (label.offset != Label::none) return w.word(uint32_t(label.offset - int32_t(size() + 4)));
  if (label.lastUse == Label::none) pendingLabels++;
  int32_t use = int32_t(size());
  w.word(uint32_t(label.lastUse));
  label.lastUse = use;
}

void Encoder::referring(const uint8_t *code, size_t count, uint32_t label) {
  if (count < 4) {
    isRefused = true;
    return;
  }
  raw(code, count - 4);
  displacement(label);
}

// MARK: instructions

bool Encoder::none(CAsmInstruction i) {
  if (table.rows[i].kind != Kind::ret || !ensure(longest)) return false;
  Writer w(next);
  w.byte(0xC3);
  return true;
}

bool Encoder::r(CAsmInstruction i, int size, int r) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  const bool forced = isForced(size, r);
  switch (row.kind) {
    case Kind::group3:
    case Kind::multiply: w.registers(size, forced, 0, 0xF6u + (size != 1), row.code, r); return true;
    case Kind::count: w.registers(size, forced, 0, 0xFEu + (size != 1), row.code, r); return true;
    case Kind::set: w.registers(4, r >= 4, 1, row.code, 0, r); return true;
    case Kind::push:
    case Kind::pop:
      if (size != 8) return false;
      w.opcode(4, unsigned(r >> 3), false, 0, (row.kind == Kind::push ? 0x50u : 0x58u) + unsigned(r & 7));
      return true;
    case Kind::swap:
      if (size < 4) return false;
      w.opcode(size, unsigned(r >> 3), false, 1, 0xC8u + unsigned(r & 7));
      return true;
    default: return false;
  }
}

bool Encoder::m(CAsmInstruction i, int size, CAsmMemory m) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  switch (row.kind) {
    case Kind::group3:
    case Kind::multiply: w.memory(size, false, 0, 0xF6u + (size != 1), row.code, m); return true;
    case Kind::count: w.memory(size, false, 0, 0xFEu + (size != 1), row.code, m); return true;
    case Kind::set: w.memory(4, false, 1, row.code, 0, m); return true;
    case Kind::jump:
    case Kind::call:
      if (size != 8) return false;
      w.memory(4, false, 0, 0xFF, row.kind == Kind::jump ? 4 : 2, m);
      return true;
    default: return false;
  }
}

bool Encoder::rr(CAsmInstruction i, int size, int target, int source) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  const unsigned isWide = size != 1;
  const bool forced = isForced(size, target) || isForced(size, source);
  switch (row.kind) {
    case Kind::move: w.registers(size, forced, 0, 0x88 + isWide, source, target); return true;
    case Kind::arithmetic: w.registers(size, forced, 0, row.code + isWide, source, target); return true;
    case Kind::test: w.registers(size, forced, 0, 0x84 + isWide, source, target); return true;
    case Kind::conditional:
    case Kind::multiply:
      if (size == 1) return false;
      w.registers(size, false, 1, row.kind == Kind::multiply ? 0xAFu : row.code, target, source);
      return true;
    case Kind::bitTest:
      if (size == 1) return false;
      w.registers(size, false, 1, 0x83u + row.code * 8u, source, target);
      return true;
    case Kind::bitCount:
      if (size < 4) return false;
      w.byte(0xF3);
      w.registers(size, false, 1, row.code, target, source);
      return true;
    default: return false;
  }
}

bool Encoder::rr2(CAsmInstruction i, int size, int target, int size2, int source) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  switch (row.kind) {
    case Kind::shift:
      if (size2 != 1 || source != 1) return false;
      w.registers(size, isForced(size, target), 0, 0xD2u + (size != 1), row.code, target);
      return true;
    case Kind::extend:
      if (size < 4 || size2 > 2) return false;
      w.registers(size, isForced(size2, source), 1, row.code + unsigned(size2 != 1), target, source);
      return true;
    case Kind::extendWord:
      if (size != 8 || size2 != 4) return false;
      w.registers(size, false, 0, 0x63, target, source);
      return true;
    default: return false;
  }
}

bool Encoder::rm(CAsmInstruction i, int size, int target, int size2, CAsmMemory m) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  const unsigned isWide = size != 1;
  switch (row.kind) {
    case Kind::extend:
      if (size < 4 || size2 > 2) return false;
      w.memory(size, false, 1, row.code + unsigned(size2 != 1), target, m);
      return true;
    case Kind::extendWord:
      if (size != 8 || size2 != 4) return false;
      w.memory(size, false, 0, 0x63, target, m);
      return true;
    default: break;
  }
  if (size != size2) return false;
  switch (row.kind) {
    case Kind::move:
      // One form for RAX has no base.
      if (m.base < 0) return false;
      w.memory(size, isForced(size, target), 0, 0x8A + isWide, target, m);
      return true;
    case Kind::arithmetic:
      w.memory(size, isForced(size, target), 0, row.code + 2 + isWide, target, m);
      return true;
    case Kind::lea:
      if (size < 4) return false;
      w.memory(size, false, 0, 0x8D, target, m);
      return true;
    case Kind::conditional:
    case Kind::multiply:
      if (size == 1) return false;
      w.memory(size, false, 1, row.kind == Kind::multiply ? 0xAFu : row.code, target, m);
      return true;
    case Kind::moveSwapped:
      if (size == 1) return false;
      w.memory(size, false, 2, 0xF0, target, m);
      return true;
    case Kind::bitCount:
      if (size < 4) return false;
      w.byte(0xF3);
      w.memory(size, false, 1, row.code, target, m);
      return true;
    default: return false;
  }
}

bool Encoder::mr(CAsmInstruction i, int size, CAsmMemory m, int source) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  const unsigned isWide = size != 1;
  const bool forced = isForced(size, source);
  switch (row.kind) {
    case Kind::move:
      if (m.base < 0) return false;
      w.memory(size, forced, 0, 0x88 + isWide, source, m);
      return true;
    case Kind::arithmetic: w.memory(size, forced, 0, row.code + isWide, source, m); return true;
    case Kind::test: w.memory(size, forced, 0, 0x84 + isWide, source, m); return true;
    case Kind::moveSwapped:
      if (size == 1) return false;
      w.memory(size, false, 2, 0xF1, source, m);
      return true;
    default: return false;
  }
}

bool Encoder::ri(CAsmInstruction i, int size, int target, int64_t value) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  const unsigned isWide = size != 1;
  const bool forced = isForced(size, target);
  switch (row.kind) {
    case Kind::move:
      if (size < 4) return false;
      if (size == 8 && value == int32_t(value)) {
        w.registers(size, false, 0, 0xC7, 0, target);
        w.immediate(value, 4);
        return true;
      }
      w.opcode(size, unsigned(target >> 3), false, 0, 0xB8u + unsigned(target & 7));
      w.immediate(value, size);
      return true;
    case Kind::arithmetic: {
      if (size == 2) return false;
      if (size == 4) value = int32_t(value);
      if (size == 8 && value != int32_t(value)) return false;
      const bool isByte = size == 1 || value == int8_t(value);
      if (target == 0 && (size == 1 || !isByte)) {
        w.opcode(size, 0, false, 0, row.code + 4u + isWide);
      } else {
        w.registers(size, forced, 0, !isWide ? 0x80u : isByte ? 0x83u : 0x81u, row.code >> 3, target);
      }
      w.immediate(value, isByte ? 1 : 4);
      return true;
    }
    case Kind::test:
      if (size == 2) return false;
      if (target == 0) {
        w.opcode(size, 0, false, 0, 0xA8 + isWide);
      } else {
        w.registers(size, forced, 0, 0xF6 + isWide, 0, target);
      }
      w.immediate(value, isWide ? 4 : 1);
      return true;
    case Kind::shift:
      value &= 0xFF;
      w.registers(size, forced, 0, (value == 1 ? 0xD0u : 0xC0u) + isWide, row.code, target);
      if (value != 1) w.byte(unsigned(value));
      return true;
    case Kind::bitTest:
      if (size == 1) return false;
      w.registers(size, false, 1, 0xBA, row.code, target);
      w.byte(unsigned(value));
      return true;
    default: return false;
  }
}

bool Encoder::mi(CAsmInstruction i, int size, CAsmMemory m, int64_t value) {
  if (!ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  const unsigned isWide = size != 1;
  if (size == 2) return false;
  switch (row.kind) {
    case Kind::move:
      w.memory(size, false, 0, 0xC6 + isWide, 0, m);
      w.immediate(value, isWide ? 4 : 1);
      return true;
    case Kind::arithmetic: {
      if (size == 4) value = int32_t(value);
      const bool isByte = size == 1 || value == int8_t(value);
      w.memory(size, false, 0, !isWide ? 0x80u : isByte ? 0x83u : 0x81u, row.code >> 3, m);
      w.immediate(value, isByte ? 1 : 4);
      return true;
    }
    case Kind::test:
      w.memory(size, false, 0, 0xF6 + isWide, 0, m);
      w.immediate(value, isWide ? 4 : 1);
      return true;
    case Kind::shift:
      value &= 0xFF;
      w.memory(size, false, 0, (value == 1 ? 0xD0u : 0xC0u) + isWide, row.code, m);
      if (value != 1) w.byte(unsigned(value));
      return true;
    default: return false;
  }
}

bool Encoder::rri(CAsmInstruction i, int size, int target, int source, int64_t value) {
  if (size < 4 || !ensure(longest)) return false;
  Writer w(next);
  switch (table.rows[i].kind) {
    case Kind::rotate:
      w.vex(unsigned(target >> 3 << 2 | source >> 3), 3, 3, size == 8, 0, 0xF0);
      w.byte(0xC0u | unsigned(target & 7) << 3 | unsigned(source & 7));
      w.byte(unsigned(value));
      return true;
    case Kind::multiply: {
      const bool isByte = value == int8_t(value);
      w.registers(size, false, 0, isByte ? 0x6B : 0x69, target, source);
      w.immediate(value, isByte ? 1 : 4);
      return true;
    }
    default: return false;
  }
}

bool Encoder::rmi(CAsmInstruction i, int size, int target, CAsmMemory m, int64_t value) {
  if (table.rows[i].kind != Kind::rotate || size < 4 || !ensure(longest)) return false;
  Writer w(next);
  w.vex(Writer::high(m, target), 3, 3, size == 8, 0, 0xF0);
  w.place(m, target);
  w.byte(unsigned(value));
  return true;
}

bool Encoder::rrr(CAsmInstruction i, int size, int target, int a, int b) {
  if (size < 4 || !ensure(longest)) return false;
  Writer w(next);
  const Row row = table.rows[i];
  switch (row.kind) {
    case Kind::shiftBy:
      w.vex(unsigned(target >> 3 << 2 | a >> 3), 2, row.prefix, size == 8, b, 0xF7);
      w.byte(0xC0u | unsigned(target & 7) << 3 | unsigned(a & 7));
      return true;
    case Kind::andNot:
      w.vex(unsigned(target >> 3 << 2 | b >> 3), 2, 0, size == 8, a, 0xF2);
      w.byte(0xC0u | unsigned(target & 7) << 3 | unsigned(b & 7));
      return true;
    default: return false;
  }
}

bool Encoder::xx(CAsmInstruction i, int target, int source) {
  const Row row = table.rows[i];
  if (row.kind != Kind::vector || !ensure(longest)) return false;
  Writer w(next);
  if (row.prefix) w.byte(row.prefix);
  w.registers(4, false, 1, row.code, target, source);
  return true;
}

bool Encoder::xm(CAsmInstruction i, int target, CAsmMemory m) {
  const Row row = table.rows[i];
  if (row.kind != Kind::vector || !ensure(longest)) return false;
  Writer w(next);
  if (row.prefix) w.byte(row.prefix);
  w.memory(4, false, 1, row.code, target, m);
  return true;
}

bool Encoder::mx(CAsmInstruction i, CAsmMemory m, int source) {
  const Row row = table.rows[i];
  if (row.kind != Kind::vector || !row.store || !ensure(longest)) return false;
  Writer w(next);
  if (row.prefix) w.byte(row.prefix);
  w.memory(4, false, 1, row.store, source, m);
  return true;
}

// MARK: jumps

// To a distance from here, in the shorter form that can have it.
bool Encoder::toOffset(Row row, int64_t distance) {
  if (row.kind != Kind::conditionalJump && row.kind != Kind::jump && row.kind != Kind::call) return false;
  Writer w(next);
  if (row.kind != Kind::call && distance - 2 == int8_t(distance - 2)) {
    w.byte(row.kind == Kind::jump ? 0xEB : 0x70u | row.code);
    w.byte(unsigned(distance - 2));
    return true;
  }
  const int64_t rest = distance - (row.kind == Kind::conditionalJump ? 6 : 5);
  if (rest != int32_t(rest)) {
    isRefused = true;
    return true;
  }
  if (row.kind == Kind::conditionalJump) {
    w.byte(0x0F);
    w.byte(0x80u | row.code);
  } else {
    w.byte(row.kind == Kind::jump ? 0xE9 : 0xE8);
  }
  w.word(uint32_t(rest));
  return true;
}

bool Encoder::toLabel(CAsmInstruction i, uint32_t number) {
  const Row row = table.rows[i];
  if (!ensure(longest)) return false;
  if (number < labels.size() && labels[number].offset != Label::none) {
    return toOffset(row, int64_t(labels[number].offset) - int64_t(size()));
  }
  switch (row.kind) {
    case Kind::conditionalJump:
      *next++ = 0x0F;
      *next++ = uint8_t(0x80u | row.code);
      break;
    case Kind::jump: *next++ = 0xE9; break;
    case Kind::call: *next++ = 0xE8; break;
    default: return false;
  }
  displacement(number);
  return true;
}

bool Encoder::toAddress(CAsmInstruction i, uint64_t address) {
  return ensure(longest) && toOffset(table.rows[i], int64_t(address - origin - size()));
}

}  // namespace casm
