#include "CAsmJit.h"
#include "Encoder.h"

#include <asmjit/x86.h>
#include <immintrin.h>
#include <new>

using namespace asmjit;

namespace {

const uint32_t identifiers[] = {
#define CASM_IDENTIFIER(name) x86::Inst::kId##name,
  CASM_INSTRUCTIONS(CASM_IDENTIFIER)
#undef CASM_IDENTIFIER
};

x86::Gp gp(int size, int r) {
  switch (size) {
    case 1: return x86::gpb(uint32_t(r));
    case 2: return x86::gpw(uint32_t(r));
    case 4: return x86::gpd(uint32_t(r));
    default: return x86::gpq(uint32_t(r));
  }
}

x86::Mem mem(int size, CAsmMemory m) {
  if (m.index < 0) return x86::Mem(x86::gpq(uint32_t(m.base)), m.displacement, uint32_t(size));
  if (m.base < 0) {
    return x86::Mem(uint64_t(int64_t(m.displacement)), x86::gpq(uint32_t(m.index)),
                    uint32_t(m.shift), uint32_t(size));
  }
  return x86::Mem(x86::gpq(uint32_t(m.base)), x86::gpq(uint32_t(m.index)), uint32_t(m.shift),
                  m.displacement, uint32_t(size));
}

}  // namespace

struct CAsmCode {
  // Code without text: what the encoder leaves to AsmJit is encoded alone, and copied.
  casm::Encoder encoder;
  CodeHolder singleHolder;
  x86::Assembler single;
  // Code with text is all AsmJit's.
  CodeHolder holder;
  x86::Assembler assembler;
  Error error = kErrorOk;
  StringLogger logger;
  // Of code that is begun from now on, and of this code.
  bool logs = false, hasText = false;

  void note(Error e) {
    if (e != kErrorOk && error == kErrorOk) error = e;
  }
  // Encodes one instruction, whose bytes the single assembler has.
  template <typename... Operands>
  size_t encode(CAsmInstruction instruction, Operands &&...operands) {
    single._bufferPtr = single._bufferData;
    note(single.emit(InstId(identifiers[instruction]), operands...));
    return single.offset();
  }
  template <typename... Operands>
  void emit(CAsmInstruction instruction, Operands &&...operands) {
    if (hasText) return note(assembler.emit(InstId(identifiers[instruction]), operands...));
    const size_t count = encode(instruction, operands...);
    encoder.raw(single._bufferData, count);
  }
};

uint32_t casm_float_status(void) { return _mm_getcsr(); }

CAsmHost casm_host(void) {
  const auto &f = CpuInfo::host().features().x86();
  CAsmHost host = {};
  host.movbe = f.hasMOVBE();
  host.lzcnt = f.hasLZCNT();
  host.bmi1 = f.hasBMI();
  host.bmi2 = f.hasBMI2();
  host.popcnt = f.hasPOPCNT();
  host.ssse3 = f.hasSSSE3();
  host.sse41 = f.hasSSE4_1();
  host.sse42 = f.hasSSE4_2();
  host.aes = f.hasAESNI();
  host.pclmulqdq = f.hasPCLMULQDQ();
  host.avx = f.hasAVX();
  host.avx2 = f.hasAVX2();
  host.fma = f.hasFMA();
  host.f16c = f.hasF16C();
  return host;
}

CAsmCode *casm_create(void) {
  auto code = new (std::nothrow) CAsmCode();
  if (!code) return nullptr;
  if (code->singleHolder.init(Environment::host()) == kErrorOk &&
      code->singleHolder.attach(&code->single) == kErrorOk) return code;
  delete code;
  return nullptr;
}
void casm_destroy(CAsmCode *code) { delete code; }

int casm_begin(CAsmCode *code, uint64_t address) {
  code->error = kErrorOk;
  code->logger.clear();
  code->hasText = code->logs;
  if (!code->hasText) {
    code->encoder.begin(address);
    return 1;
  }
  code->holder.reset(ResetPolicy::kSoft);
  code->error = code->holder.init(Environment::host(), address);
  code->note(code->holder.attach(&code->assembler));
  code->logger.addFlags(FormatFlags::kMachineCode);
  code->holder.setLogger(&code->logger);
  return code->error == kErrorOk;
}

size_t casm_size(CAsmCode *code) {
  return code->hasText ? code->assembler.offset() : code->encoder.size();
}

size_t casm_finish(CAsmCode *code, void *destination, size_t capacity) {
  if (code->hasText) {
    code->note(code->holder.flatten());
    code->note(code->holder.resolveUnresolvedLinks());
    if (code->holder.hasUnresolvedLinks()) code->note(DebugUtils::errored(kErrorInvalidLabel));
  } else if (!code->encoder.isComplete()) {
    code->note(DebugUtils::errored(kErrorInvalidLabel));
  }
  if (code->error != kErrorOk) return 0;
  size_t size = code->hasText ? code->holder.codeSize() : code->encoder.size();
  if (size > capacity) {
    code->note(kErrorTooLarge);
    return 0;
  }
  if (!code->hasText) {
    memcpy(destination, code->encoder.bytes(), size);
    return size;
  }
  code->note(code->holder.relocateToBase(code->holder.baseAddress()));
  code->note(code->holder.copyFlattenedData(destination, size));
  return code->error == kErrorOk ? size : 0;
}

const char *casm_error(CAsmCode *code) { return DebugUtils::errorAsString(code->error); }

void casm_log(CAsmCode *code, int logs) { code->logs = logs != 0; }
const char *casm_text(CAsmCode *code) { return code->logger.data(); }
void casm_comment(CAsmCode *code, uint32_t number) {
  if (code->hasText) code->logger.logf("@%u\n", number);
}

uint32_t casm_label(CAsmCode *code) {
  return code->hasText ? code->assembler.newLabel().id() : code->encoder.label();
}
void casm_bind(CAsmCode *code, uint32_t label) {
  if (code->hasText) return code->note(code->assembler.bind(Label(label)));
  code->encoder.bind(label);
}
uint64_t casm_label_offset(CAsmCode *code, uint32_t label) {
  if (!code->hasText) return code->encoder.offset(label);
  return code->holder.isLabelValid(label) && code->holder.isLabelBound(label)
    ? code->holder.labelOffset(label) : 0;
}

void casm_none(CAsmCode *code, CAsmInstruction i) {
  if (!code->hasText && code->encoder.none(i)) return;
  code->emit(i);
}
void casm_r(CAsmCode *code, CAsmInstruction i, int size, int r) {
  if (!code->hasText && code->encoder.r(i, size, r)) return;
  code->emit(i, gp(size, r));
}
void casm_m(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m) {
  if (!code->hasText && code->encoder.m(i, size, m)) return;
  code->emit(i, mem(size, m));
}
void casm_rr(CAsmCode *code, CAsmInstruction i, int size, int target, int source) {
  if (!code->hasText && code->encoder.rr(i, size, target, source)) return;
  code->emit(i, gp(size, target), gp(size, source));
}
void casm_rr2(CAsmCode *code, CAsmInstruction i, int size, int target, int size2, int source) {
  if (!code->hasText && code->encoder.rr2(i, size, target, size2, source)) return;
  code->emit(i, gp(size, target), gp(size2, source));
}
void casm_rm(CAsmCode *code, CAsmInstruction i, int size, int target, int size2, CAsmMemory m) {
  if (!code->hasText && code->encoder.rm(i, size, target, size2, m)) return;
  code->emit(i, gp(size, target), mem(size2, m));
}
void casm_mr(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m, int source) {
  if (!code->hasText && code->encoder.mr(i, size, m, source)) return;
  code->emit(i, mem(size, m), gp(size, source));
}
void casm_ri(CAsmCode *code, CAsmInstruction i, int size, int target, int64_t value) {
  if (!code->hasText && code->encoder.ri(i, size, target, value)) return;
  code->emit(i, gp(size, target), Imm(value));
}
void casm_mi(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m, int64_t value) {
  if (!code->hasText && code->encoder.mi(i, size, m, value)) return;
  code->emit(i, mem(size, m), Imm(value));
}
void casm_rri(CAsmCode *code, CAsmInstruction i, int size, int target, int source, int64_t value) {
  if (!code->hasText && code->encoder.rri(i, size, target, source, value)) return;
  code->emit(i, gp(size, target), gp(size, source), Imm(value));
}
void casm_rmi(CAsmCode *code, CAsmInstruction i, int size, int target, CAsmMemory m, int64_t value) {
  if (!code->hasText && code->encoder.rmi(i, size, target, m, value)) return;
  code->emit(i, gp(size, target), mem(size, m), Imm(value));
}
void casm_rrr(CAsmCode *code, CAsmInstruction i, int size, int target, int a, int b) {
  if (!code->hasText && code->encoder.rrr(i, size, target, a, b)) return;
  code->emit(i, gp(size, target), gp(size, a), gp(size, b));
}
void casm_to_label(CAsmCode *code, CAsmInstruction i, uint32_t label) {
  if (!code->hasText && code->encoder.toLabel(i, label)) return;
  code->emit(i, Label(label));
}
void casm_to_address(CAsmCode *code, CAsmInstruction i, uint64_t address) {
  if (!code->hasText && code->encoder.toAddress(i, address)) return;
  code->emit(i, Imm(int64_t(address)));
}
void casm_xx(CAsmCode *code, CAsmInstruction i, int target, int source) {
  if (!code->hasText && code->encoder.xx(i, target, source)) return;
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(source)));
}
void casm_xm(CAsmCode *code, CAsmInstruction i, int target, int size, CAsmMemory m) {
  if (!code->hasText && code->encoder.xm(i, target, m)) return;
  code->emit(i, x86::xmm(uint32_t(target)), mem(size, m));
}
void casm_mx(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m, int source) {
  if (!code->hasText && code->encoder.mx(i, m, source)) return;
  code->emit(i, mem(size, m), x86::xmm(uint32_t(source)));
}
void casm_xr(CAsmCode *code, CAsmInstruction i, int target, int size, int source) {
  code->emit(i, x86::xmm(uint32_t(target)), gp(size, source));
}
void casm_rx(CAsmCode *code, CAsmInstruction i, int size, int target, int source) {
  code->emit(i, gp(size, target), x86::xmm(uint32_t(source)));
}
void casm_xi(CAsmCode *code, CAsmInstruction i, int target, int64_t value) {
  code->emit(i, x86::xmm(uint32_t(target)), Imm(value));
}
void casm_xxx(CAsmCode *code, CAsmInstruction i, int target, int a, int b) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(a)), x86::xmm(uint32_t(b)));
}
void casm_xmi(CAsmCode *code, CAsmInstruction i, int target, CAsmMemory m, int64_t value) {
  code->emit(i, x86::xmm(uint32_t(target)), mem(16, m), Imm(value));
}
void casm_xxm(CAsmCode *code, CAsmInstruction i, int target, int a, CAsmMemory m) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(a)), mem(16, m));
}
void casm_xxxx(CAsmCode *code, CAsmInstruction i, int target, int a, int b, int c) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(a)), x86::xmm(uint32_t(b)), x86::xmm(uint32_t(c)));
}
void casm_xxi(CAsmCode *code, CAsmInstruction i, int target, int source, int64_t value) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(source)), Imm(value));
}
void casm_xxxi(CAsmCode *code, CAsmInstruction i, int target, int a, int b, int64_t value) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(a)), x86::xmm(uint32_t(b)), Imm(value));
}
void casm_xl(CAsmCode *code, CAsmInstruction i, int target, uint32_t label) {
  const auto register1 = x86::xmm(uint32_t(target));
  if (code->hasText) return code->emit(i, register1, x86::ptr(Label(label), 0, 16));
  const size_t count = code->encode(i, register1, x86::ptr(x86::rip, 0, 16));
  code->encoder.referring(code->single._bufferData, count, label);
}
void casm_xxl(CAsmCode *code, CAsmInstruction i, int target, int source, uint32_t label) {
  const auto register1 = x86::xmm(uint32_t(target)), register2 = x86::xmm(uint32_t(source));
  if (code->hasText) return code->emit(i, register1, register2, x86::ptr(Label(label), 0, 16));
  const size_t count = code->encode(i, register1, register2, x86::ptr(x86::rip, 0, 16));
  code->encoder.referring(code->single._bufferData, count, label);
}
void casm_data(CAsmCode *code, uint32_t label, uint64_t low, uint64_t high) {
  uint64_t bytes[2] = {low, high};
  if (code->hasText) {
    code->note(code->assembler.align(AlignMode::kData, 16));
    casm_bind(code, label);
    return code->note(code->assembler.embed(bytes, sizeof bytes));
  }
  code->encoder.align16();
  casm_bind(code, label);
  code->encoder.raw(reinterpret_cast<const uint8_t *>(bytes), sizeof bytes);
}
