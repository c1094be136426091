#include "CAsmJit.h"

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
  CodeHolder holder;
  x86::Assembler assembler;
  Error error = kErrorOk;
  StringLogger logger;
  bool logs = false;

  void note(Error e) {
    if (e != kErrorOk && error == kErrorOk) error = e;
  }
  template <typename... Operands>
  void emit(CAsmInstruction instruction, Operands &&...operands) {
    note(assembler.emit(InstId(identifiers[instruction]), operands...));
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

CAsmCode *casm_create(void) { return new (std::nothrow) CAsmCode(); }
void casm_destroy(CAsmCode *code) { delete code; }

int casm_begin(CAsmCode *code, uint64_t address) {
  code->holder.reset(ResetPolicy::kSoft);
  code->error = code->holder.init(Environment::host(), address);
  code->note(code->holder.attach(&code->assembler));
  code->logger.clear();
  if (code->logs) {
    code->logger.addFlags(FormatFlags::kMachineCode);
    code->holder.setLogger(&code->logger);
  }
  return code->error == kErrorOk;
}

size_t casm_size(CAsmCode *code) { return code->assembler.offset(); }

size_t casm_finish(CAsmCode *code, void *destination, size_t capacity) {
  code->note(code->holder.flatten());
  code->note(code->holder.resolveUnresolvedLinks());
  if (code->holder.hasUnresolvedLinks()) code->note(DebugUtils::errored(kErrorInvalidLabel));
  if (code->error != kErrorOk) return 0;
  size_t size = code->holder.codeSize();
  if (size > capacity) {
    code->note(kErrorTooLarge);
    return 0;
  }
  code->note(code->holder.relocateToBase(code->holder.baseAddress()));
  code->note(code->holder.copyFlattenedData(destination, size));
  return code->error == kErrorOk ? size : 0;
}

const char *casm_error(CAsmCode *code) { return DebugUtils::errorAsString(code->error); }

void casm_log(CAsmCode *code, int logs) { code->logs = logs != 0; }
const char *casm_text(CAsmCode *code) { return code->logger.data(); }
void casm_comment(CAsmCode *code, uint32_t number) {
  if (code->logs) code->logger.logf("@%u\n", number);
}

uint32_t casm_label(CAsmCode *code) { return code->assembler.newLabel().id(); }
void casm_bind(CAsmCode *code, uint32_t label) { code->note(code->assembler.bind(Label(label))); }
uint64_t casm_label_offset(CAsmCode *code, uint32_t label) {
  return code->holder.isLabelValid(label) && code->holder.isLabelBound(label)
    ? code->holder.labelOffset(label) : 0;
}

void casm_none(CAsmCode *code, CAsmInstruction i) { code->emit(i); }
void casm_r(CAsmCode *code, CAsmInstruction i, int size, int r) { code->emit(i, gp(size, r)); }
void casm_m(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m) {
  code->emit(i, mem(size, m));
}
void casm_rr(CAsmCode *code, CAsmInstruction i, int size, int target, int source) {
  code->emit(i, gp(size, target), gp(size, source));
}
void casm_rr2(CAsmCode *code, CAsmInstruction i, int size, int target, int size2, int source) {
  code->emit(i, gp(size, target), gp(size2, source));
}
void casm_rm(CAsmCode *code, CAsmInstruction i, int size, int target, int size2, CAsmMemory m) {
  code->emit(i, gp(size, target), mem(size2, m));
}
void casm_mr(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m, int source) {
  code->emit(i, mem(size, m), gp(size, source));
}
void casm_ri(CAsmCode *code, CAsmInstruction i, int size, int target, int64_t value) {
  code->emit(i, gp(size, target), Imm(value));
}
void casm_mi(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m, int64_t value) {
  code->emit(i, mem(size, m), Imm(value));
}
void casm_rri(CAsmCode *code, CAsmInstruction i, int size, int target, int source, int64_t value) {
  code->emit(i, gp(size, target), gp(size, source), Imm(value));
}
void casm_rmi(CAsmCode *code, CAsmInstruction i, int size, int target, CAsmMemory m, int64_t value) {
  code->emit(i, gp(size, target), mem(size, m), Imm(value));
}
void casm_rrr(CAsmCode *code, CAsmInstruction i, int size, int target, int a, int b) {
  code->emit(i, gp(size, target), gp(size, a), gp(size, b));
}
void casm_to_label(CAsmCode *code, CAsmInstruction i, uint32_t label) {
  code->emit(i, Label(label));
}
void casm_to_address(CAsmCode *code, CAsmInstruction i, uint64_t address) {
  code->emit(i, Imm(int64_t(address)));
}
void casm_xx(CAsmCode *code, CAsmInstruction i, int target, int source) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(source)));
}
void casm_xm(CAsmCode *code, CAsmInstruction i, int target, int size, CAsmMemory m) {
  code->emit(i, x86::xmm(uint32_t(target)), mem(size, m));
}
void casm_mx(CAsmCode *code, CAsmInstruction i, int size, CAsmMemory m, int source) {
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
  code->emit(i, x86::xmm(uint32_t(target)), x86::ptr(Label(label), 0, 16));
}
void casm_xxl(CAsmCode *code, CAsmInstruction i, int target, int source, uint32_t label) {
  code->emit(i, x86::xmm(uint32_t(target)), x86::xmm(uint32_t(source)), x86::ptr(Label(label), 0, 16));
}
void casm_data(CAsmCode *code, uint32_t label, uint64_t low, uint64_t high) {
  uint64_t bytes[2] = {low, high};
  code->note(code->assembler.align(AlignMode::kData, 16));
  casm_bind(code, label);
  code->note(code->assembler.embed(bytes, sizeof bytes));
}
