// Encodes what most translated code is made of, in the form that AsmJit would choose. The rest is AsmJit's.
#ifndef CASMJIT_ENCODER_H
#define CASMJIT_ENCODER_H

#include "CAsmJit.h"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace casm {

// How an instruction is encoded.
enum class Kind : uint8_t {
  other, arithmetic, move, test, lea, shift, group3, count, set, conditional, multiply, conditionalJump, jump, call,
  extend, extendWord, swap, push, pop, ret, moveSwapped, bitTest, rotate, shiftBy, andNot, bitCount, vector,
};

struct Row {
  Kind kind = Kind::other;
  // Its opcode, condition or opcode extension.
  uint8_t code = 0;
  // The mandatory prefix, or 0.
  uint8_t prefix = 0;
  // The opcode of a store, or 0.
  uint8_t store = 0;
};

struct Table {
  Row rows[CAsmInstructionCount];
  Table();
};
extern const Table table;

// A place in the code: where it is, or else the last of the displacements that refer to it, each of which has the
// offset of the one before.
struct Label {
  static constexpr int32_t none = -1;
  int32_t offset = none;
  int32_t lastUse = none;
};

class Encoder {
 public:
  ~Encoder() { free(start); }

  void begin(uint64_t address) {
    origin = address;
    next = start;
    labels.clear();
    pendingLabels = 0;
    isRefused = false;
  }

  size_t size() const { return size_t(next - start); }
  const uint8_t *bytes() const { return start; }
  // Whether everything could be encoded, and each label that is used has been bound.
  bool isComplete() const { return !isRefused && pendingLabels == 0; }

  uint32_t label() {
    labels.push_back(Label());
    return uint32_t(labels.size() - 1);
  }
  uint64_t offset(uint32_t label) const {
    return label < labels.size() && labels[label].offset != Label::none ? uint64_t(labels[label].offset) : 0;
  }
  void bind(uint32_t number);
  // Bytes that end with a displacement from their end to a label.
  void referring(const uint8_t *code, size_t count, uint32_t label);
  void raw(const uint8_t *code, size_t count);
  void align16();

  // These return false where AsmJit must encode it.
  bool none(CAsmInstruction i);
  bool r(CAsmInstruction i, int size, int r);
  bool m(CAsmInstruction i, int size, CAsmMemory m);
  bool rr(CAsmInstruction i, int size, int target, int source);
  bool rr2(CAsmInstruction i, int size, int target, int size2, int source);
  bool rm(CAsmInstruction i, int size, int target, int size2, CAsmMemory m);
  bool mr(CAsmInstruction i, int size, CAsmMemory m, int source);
  bool ri(CAsmInstruction i, int size, int target, int64_t value);
  bool mi(CAsmInstruction i, int size, CAsmMemory m, int64_t value);
  bool rri(CAsmInstruction i, int size, int target, int source, int64_t value);
  bool rmi(CAsmInstruction i, int size, int target, CAsmMemory m, int64_t value);
  bool rrr(CAsmInstruction i, int size, int target, int a, int b);
  bool xx(CAsmInstruction i, int target, int source);
  bool xm(CAsmInstruction i, int target, CAsmMemory m);
  bool mx(CAsmInstruction i, CAsmMemory m, int source);
  bool toLabel(CAsmInstruction i, uint32_t label);
  bool toAddress(CAsmInstruction i, uint64_t address);

 private:
  static constexpr size_t longest = 16;
  uint8_t *start = nullptr, *next = nullptr, *end = nullptr;
  uint64_t origin = 0;
  std::vector<Label> labels;
  // Labels with uses that are not bound.
  int pendingLabels = 0;
  bool isRefused = false;

  bool ensure(size_t count) {
    return size_t(end - next) >= count || grow(count);
  }
  bool grow(size_t count);

  // From its own end to a label.
  void displacement(uint32_t label);
  bool toOffset(Row row, int64_t distance);
};

}  // namespace casm

#endif
