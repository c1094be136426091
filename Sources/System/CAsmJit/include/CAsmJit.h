// A C face of AsmJit's x86-64 assembler: labels, operands and emission, and nothing else.
#ifndef CASMJIT_H
#define CASMJIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The x86 instructions that can be emitted, by AsmJit's names.
#define CASM_INSTRUCTIONS(X) \
  X(Adc) X(Add) X(And) X(Bsf) X(Bsr) X(Bswap) X(Bt) X(Btc) X(Btr) X(Bts) X(Call) X(Cmc) X(Cmp) X(Cqo) X(Cdq) \
  X(Cmova) X(Cmovae) X(Cmovb) X(Cmovbe) X(Cmove) X(Cmovg) X(Cmovge) X(Cmovl) X(Cmovle) X(Cmovne) \
  X(Cmovs) X(Cmovns) \
  X(Dec) X(Div) X(Idiv) X(Imul) X(Inc) X(Int3) X(Ja) X(Jae) X(Jb) X(Jbe) X(Je) X(Jg) X(Jge) X(Jl) \
  X(Jle) X(Jmp) X(Jne) X(Jno) X(Jns) X(Jo) X(Js) X(Lea) X(Lzcnt) X(Mov) X(Movabs) X(Movbe) X(Movsx) \
  X(Movsxd) X(Movzx) X(Mul) X(Neg) X(Not) X(Or) X(Pdep) X(Pext) X(Pop) X(Popcnt) X(Push) X(Ret) \
  X(Rol) X(Ror) X(Rorx) X(Sar) X(Sarx) X(Sbb) X(Seta) X(Setae) X(Setb) X(Setbe) X(Sete) X(Setg) \
  X(Setge) X(Setl) X(Setle) X(Setne) X(Seto) X(Sets) X(Shl) X(Shld) X(Shlx) X(Shr) X(Shrd) X(Shrx) \
  X(Stc) X(Sub) X(Test) X(Tzcnt) X(Ud2) X(Andn) X(Xchg) X(Xor) \
  X(Addpd) X(Addsd) X(Cvtsd2ss) X(Cvtss2sd) X(Divsd) X(Mulsd) X(Subsd) X(Sqrtsd) X(Ucomisd) \
  X(Movaps) X(Movd) X(Movdqa) X(Movdqu) X(Movq) X(Movsd) X(Movss) X(Movups) X(Pshufb) X(Pshufd) \
  X(Pand) X(Pandn) X(Por) X(Pxor) X(Paddb) X(Paddw) X(Paddd) X(Paddq) X(Psubb) X(Psubw) X(Psubd) \
  X(Psubq) X(Pcmpeqb) X(Pcmpeqd) X(Punpcklqdq) X(Punpckhqdq) X(Shufpd) X(Pinsrq) X(Pextrq) \
  X(Pcmpeqw) X(Pcmpgtb) X(Pcmpgtw) X(Pcmpgtd) X(Pmulld) X(Palignr) X(Pslld) X(Psrld) \
  X(Punpcklbw) X(Punpcklwd) X(Punpckldq) X(Punpckhbw) X(Punpckhwd) X(Punpckhdq) \
  X(Vpsllvd) X(Vpsrlvd) X(Vpsravd) X(Ucomiss) X(Jp) \
  X(Pslldq) X(Roundsd) X(Maxsd) X(Minsd) X(Cvtsi2sd) X(Cvtsi2ss) X(Cvttsd2si) X(Cmpsd) X(Movhps) X(Vcvtss2sd) X(Vpslldq) \
  X(Vpand) X(Vpandn) X(Vpor) X(Vpxor) X(Vpaddb) X(Vpaddw) X(Vpaddd) X(Vpaddq) X(Vpsubb) X(Vpsubw) X(Vpsubd) X(Vpsubq) X(Vpcmpeqb) X(Vpcmpeqw) X(Vpcmpeqd) X(Vpcmpgtb) X(Vpcmpgtw) X(Vpcmpgtd) X(Vpmulld) X(Vpunpcklbw) X(Vpunpcklwd) X(Vpunpckldq) X(Vpunpckhbw) X(Vpunpckhwd) X(Vpunpckhdq) X(Vpshufb) X(Vaddsd) X(Vsubsd) X(Vmulsd) X(Vdivsd) X(Vsqrtsd) \
  X(Addps) X(Aesdeclast) X(Aesenc) X(Aesenclast) X(Aesimc) X(Cmppd) X(Cmpps) X(Cvtdq2pd) X(Cvtdq2ps) \
  X(Cvtps2pd) X(Cvttpd2dq) X(Cvttps2dq) X(Divpd) X(Divps) X(Maxpd) X(Maxps) X(Minpd) X(Minps) X(Movmskpd) \
  X(Cvtsd2si) X(Cvtpd2ps) X(Vcvtph2ps) X(Vcvtps2ph) X(Pmulhw) X(Pmulhuw) X(Movmskps) X(Mulpd) X(Mulps) X(Packusdw) X(Packuswb) X(Pavgb) X(Pavgw) X(Pclmulqdq) X(Pcmpeqq) X(Pcmpgtq) \
  X(Pmaddubsw) X(Pmaddwd) X(Pmaxsb) X(Pmaxsd) X(Pmaxsw) X(Pmaxub) X(Pmaxud) X(Pmaxuw) X(Pminsb) X(Pminsd) \
  X(Pminsw) X(Pminub) X(Pminud) X(Pminuw) X(Pmovmskb) X(Pmovsxbw) X(Pmovsxdq) X(Pmovsxwd) X(Pmuldq) \
  X(Pmullw) X(Pmuludq) X(Psadbw) X(Psllq) X(Psllw) X(Psraw) X(Psrlq) X(Psrlw) X(Psubusb) X(Psubusw) \
  X(Shufps) X(Sqrtpd) X(Sqrtps) X(Subpd) X(Subps) X(Vaddpd) X(Vaddps) X(Vdivpd) X(Vdivps) X(Vfmadd231pd) \
  X(Vfmadd231ps) X(Vfmsub231pd) X(Vfmsub231ps) X(Vfnmadd231pd) X(Vfnmadd231ps) X(Vfnmsub231pd) \
  X(Vfnmsub231ps) X(Vmulpd) X(Vmulps) X(Vpackusdw) X(Vpackuswb) X(Vpavgb) X(Vpavgw) X(Vpblendw) X(Vpcmpeqq) \
  X(Vpcmpgtq) X(Vpmaddwd) X(Vpmaxsb) X(Vpmaxsd) X(Vpmaxsw) X(Vpmaxub) X(Vpmaxud) X(Vpmaxuw) X(Vpminsb) \
  X(Vpminsd) X(Vpminsw) X(Vpminub) X(Vpminud) X(Vpminuw) X(Vpmuldq) X(Vpmullw) X(Vpmuludq) X(Vpslld) \
  X(Vpsllq) X(Vpsllvq) X(Vpsllw) X(Vpsraw) X(Vpsrld) X(Vpsrlq) X(Vpsrlvq) X(Vpsrlw) X(Vpsubusb) X(Vpsubusw) \
  X(Vsubpd) X(Vsubps) \
  X(Paddsb) X(Paddsw) X(Paddusb) X(Paddusw) X(Psubsb) X(Psubsw) X(Vpaddsb) X(Vpaddsw) X(Vpaddusb) X(Vpaddusw) X(Vpsubsb) X(Vpsubsw) X(Psrad) X(Vpsrad) X(Ldmxcsr) X(Stmxcsr) X(Ptest) X(Roundpd) X(Roundps) X(Pmovzxdq) X(Vblendvpd) X(Psrldq) X(Vpshufd) X(Vaesenc) X(Vaesenclast) X(Packssdw) X(Packsswb) X(Vpackssdw) X(Vpacksswb) X(Vpblendvb) X(Vpalignr) X(Vshufpd) X(Vfmadd231sd) X(Vfmsub231sd) X(Vfnmadd231sd) X(Vfnmsub231sd) \
  X(Phaddd)

typedef enum CAsmInstruction {
#define CASM_NAME(name) CAsm##name,
  CASM_INSTRUCTIONS(CASM_NAME)
#undef CASM_NAME
  CAsmInstructionCount
} CAsmInstruction;

// Registers are numbers 0 to 15 as the architecture has them; sizes are bytes.

// [base + index << shift + displacement]; a negative base or index is none.
typedef struct CAsmMemory {
  int8_t base;
  int8_t index;
  int8_t shift;
  int32_t displacement;
} CAsmMemory;

// One piece of code being assembled.
typedef struct CAsmCode CAsmCode;

// What the host's processor has beyond the x86-64 baseline.
typedef struct CAsmHost {
  int movbe, lzcnt, bmi1, bmi2, popcnt, ssse3, sse41, sse42, aes, pclmulqdq, avx, avx2, fma, f16c;
} CAsmHost;
CAsmHost casm_host(void);
// The control and status register of the host's floating-point arithmetic.
uint32_t casm_float_status(void);

// NULL without memory.
CAsmCode *casm_create(void);
void casm_destroy(CAsmCode *code);

// Begins anew, for code that will run at `address`. 0 on failure.
int casm_begin(CAsmCode *code, uint64_t address);
// Bytes so far.
size_t casm_size(CAsmCode *code);
// Copies the finished code to at most `capacity` bytes. Returns its size, or 0 when anything that
// was emitted was refused, a label is not bound or there is no room.
size_t casm_finish(CAsmCode *code, void *destination, size_t capacity);
// Why the last casm_finish returned 0.
const char *casm_error(CAsmCode *code);

// Whether code that is begun from now on is kept as text too.
void casm_log(CAsmCode *code, int logs);
// That text: a line for each instruction, with its bytes after a semicolon, or label.
const char *casm_text(CAsmCode *code);
// A line "@NUMBER" in it.
void casm_comment(CAsmCode *code, uint32_t number);

uint32_t casm_label(CAsmCode *code);
void casm_bind(CAsmCode *code, uint32_t label);
// Offset of a bound label.
uint64_t casm_label_offset(CAsmCode *code, uint32_t label);

void casm_none(CAsmCode *code, CAsmInstruction instruction);
void casm_r(CAsmCode *code, CAsmInstruction instruction, int size, int r);
void casm_m(CAsmCode *code, CAsmInstruction instruction, int size, CAsmMemory m);
void casm_rr(CAsmCode *code, CAsmInstruction instruction, int size, int target, int source);
// Operands of different sizes: movzx and the like.
void casm_rr2(CAsmCode *code, CAsmInstruction instruction, int size, int target, int size2, int source);
void casm_rm(CAsmCode *code, CAsmInstruction instruction, int size, int target, int size2, CAsmMemory m);
void casm_mr(CAsmCode *code, CAsmInstruction instruction, int size, CAsmMemory m, int source);
void casm_ri(CAsmCode *code, CAsmInstruction instruction, int size, int target, int64_t value);
void casm_mi(CAsmCode *code, CAsmInstruction instruction, int size, CAsmMemory m, int64_t value);
void casm_rri(CAsmCode *code, CAsmInstruction instruction, int size, int target, int source, int64_t value);
void casm_rmi(CAsmCode *code, CAsmInstruction instruction, int size, int target, CAsmMemory m, int64_t value);
void casm_rrr(CAsmCode *code, CAsmInstruction instruction, int size, int target, int a, int b);
// Jumps.
void casm_to_label(CAsmCode *code, CAsmInstruction instruction, uint32_t label);
void casm_to_address(CAsmCode *code, CAsmInstruction instruction, uint64_t address);
// Vector registers.
void casm_xx(CAsmCode *code, CAsmInstruction instruction, int target, int source);
void casm_xm(CAsmCode *code, CAsmInstruction instruction, int target, int size, CAsmMemory m);
void casm_mx(CAsmCode *code, CAsmInstruction instruction, int size, CAsmMemory m, int source);
void casm_xr(CAsmCode *code, CAsmInstruction instruction, int target, int size, int source);
void casm_rx(CAsmCode *code, CAsmInstruction instruction, int size, int target, int source);
void casm_xi(CAsmCode *code, CAsmInstruction instruction, int target, int64_t value);
void casm_xxx(CAsmCode *code, CAsmInstruction instruction, int target, int a, int b);
void casm_xmi(CAsmCode *code, CAsmInstruction instruction, int target, CAsmMemory m, int64_t value);
void casm_xxm(CAsmCode *code, CAsmInstruction instruction, int target, int a, CAsmMemory m);
void casm_xxxx(CAsmCode *code, CAsmInstruction instruction, int target, int a, int b, int c);
void casm_xxi(CAsmCode *code, CAsmInstruction instruction, int target, int source, int64_t value);
void casm_xxxi(CAsmCode *code, CAsmInstruction instruction, int target, int a, int b, int64_t value);
// The sixteen bytes at a label.
void casm_xl(CAsmCode *code, CAsmInstruction instruction, int target, uint32_t label);
void casm_xxl(CAsmCode *code, CAsmInstruction instruction, int target, int source, uint32_t label);
// Binds a label to sixteen bytes of data, aligned.
void casm_data(CAsmCode *code, uint32_t label, uint64_t low, uint64_t high);

#ifdef __cplusplus
}
#endif
#endif
