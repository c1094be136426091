#include "Encoder.h"

namespace casm {

const Table table;

Table::Table() {
  auto set = [&](CAsmInstruction i, Kind kind, unsigned code = 0, unsigned prefix = 0, unsigned store = 0) {
    rows[i] = {kind, uint8_t(code), uint8_t(prefix), uint8_t(store)};
  };
  const CAsmInstruction arithmetic[] = {CAsmAdd, CAsmOr, CAsmAdc, CAsmSbb, CAsmAnd, CAsmSub, CAsmXor, CAsmCmp};
  for (unsigned n = 0; n < 8; n++) set(arithmetic[n], Kind::arithmetic, 8 * n);
  set(CAsmMov, Kind::move);
  set(CAsmTest, Kind::test);
  set(CAsmLea, Kind::lea);
  set(CAsmRol, Kind::shift, 0);
  set(CAsmRor, Kind::shift, 1);
  set(CAsmShl, Kind::shift, 4);
  set(CAsmShr, Kind::shift, 5);
  set(CAsmSar, Kind::shift, 7);
  set(CAsmNot, Kind::group3, 2);
  set(CAsmNeg, Kind::group3, 3);
  set(CAsmMul, Kind::group3, 4);
  set(CAsmDiv, Kind::group3, 6);
  set(CAsmIdiv, Kind::group3, 7);
  set(CAsmInc, Kind::count, 0);
  set(CAsmDec, Kind::count, 1);
  set(CAsmImul, Kind::multiply, 5);
  // Conditions by number.
  const struct { unsigned number; CAsmInstruction set, move, jump; } conditions[] = {
    {0, CAsmSeto, CAsmInstructionCount, CAsmJo},
    {1, CAsmInstructionCount, CAsmInstructionCount, CAsmJno},
    {2, CAsmSetb, CAsmCmovb, CAsmJb},
    {3, CAsmSetae, CAsmCmovae, CAsmJae},
    {4, CAsmSete, CAsmCmove, CAsmJe},
    {5, CAsmSetne, CAsmCmovne, CAsmJne},
    {6, CAsmSetbe, CAsmCmovbe, CAsmJbe},
    {7, CAsmSeta, CAsmCmova, CAsmJa},
    {8, CAsmSets, CAsmCmovs, CAsmJs},
    {9, CAsmInstructionCount, CAsmCmovns, CAsmJns},
    {10, CAsmInstructionCount, CAsmInstructionCount, CAsmJp},
    {12, CAsmSetl, CAsmCmovl, CAsmJl},
    {13, CAsmSetge, CAsmCmovge, CAsmJge},
    {14, CAsmSetle, CAsmCmovle, CAsmJle},
    {15, CAsmSetg, CAsmCmovg, CAsmJg},
  };
  for (const auto &c : conditions) {
    if (c.set != CAsmInstructionCount) set(c.set, Kind::set, 0x90 + c.number);
    if (c.move != CAsmInstructionCount) set(c.move, Kind::conditional, 0x40 + c.number);
    set(c.jump, Kind::conditionalJump, c.number);
  }
  set(CAsmJmp, Kind::jump);
  set(CAsmCall, Kind::call);
  set(CAsmMovzx, Kind::extend, 0xB6);
  set(CAsmMovsx, Kind::extend, 0xBE);
  set(CAsmMovsxd, Kind::extendWord);
  set(CAsmBswap, Kind::swap);
  set(CAsmPush, Kind::push);
  set(CAsmPop, Kind::pop);
  set(CAsmRet, Kind::ret);
  set(CAsmMovbe, Kind::moveSwapped);
  set(CAsmBt, Kind::bitTest, 4);
  set(CAsmBts, Kind::bitTest, 5);
  set(CAsmBtr, Kind::bitTest, 6);
  set(CAsmBtc, Kind::bitTest, 7);
  set(CAsmRorx, Kind::rotate);
  set(CAsmShlx, Kind::shiftBy, 0, 1);
  set(CAsmSarx, Kind::shiftBy, 0, 2);
  set(CAsmShrx, Kind::shiftBy, 0, 3);
  set(CAsmAndn, Kind::andNot);
  set(CAsmPopcnt, Kind::bitCount, 0xB8);
  set(CAsmTzcnt, Kind::bitCount, 0xBC);
  set(CAsmLzcnt, Kind::bitCount, 0xBD);

  set(CAsmMovups, Kind::vector, 0x10, 0, 0x11);
  set(CAsmMovaps, Kind::vector, 0x28, 0, 0x29);
  set(CAsmMovdqu, Kind::vector, 0x6F, 0xF3, 0x7F);
  set(CAsmMovdqa, Kind::vector, 0x6F, 0x66, 0x7F);
  set(CAsmMovsd, Kind::vector, 0x10, 0xF2, 0x11);
  set(CAsmMovss, Kind::vector, 0x10, 0xF3, 0x11);
  set(CAsmAddsd, Kind::vector, 0x58, 0xF2);
  set(CAsmMulsd, Kind::vector, 0x59, 0xF2);
  set(CAsmSubsd, Kind::vector, 0x5C, 0xF2);
  set(CAsmDivsd, Kind::vector, 0x5E, 0xF2);
  set(CAsmUcomisd, Kind::vector, 0x2E, 0x66);
  set(CAsmPand, Kind::vector, 0xDB, 0x66);
  set(CAsmPandn, Kind::vector, 0xDF, 0x66);
  set(CAsmPor, Kind::vector, 0xEB, 0x66);
  set(CAsmPxor, Kind::vector, 0xEF, 0x66);
  set(CAsmPunpcklqdq, Kind::vector, 0x6C, 0x66);
  set(CAsmPunpckhqdq, Kind::vector, 0x6D, 0x66);
}

}  // namespace casm
