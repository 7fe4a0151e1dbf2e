/* SPDX-License-Identifier: Apache-2.0 */
/* Layout that the assembler and C++ share; arch.hpp asserts each value. */
#pragma once

#define CORE_CURRENT 0
#define CORE_SAVE 8
#define CORE_STACK_TOP 16
#define CORE_IN_GUEST 24

#define FRAME_X16 128
#define FRAME_X18 144
#define FRAME_X30 240
#define FRAME_SP 248
#define FRAME_PC 256
#define FRAME_PSTATE 264
#define FRAME_BYTES 272

/* N Z C V, TCO, DIT, SS, SSBS, BTYPE: what user mode may have in its PSTATE. */
#define USER_PSTATE_HIGH 0xf320
#define USER_PSTATE_LOW 0x1c00

#define EC_SYSTEM_CALL 0x15

#define CORE_STACK_BYTES 32768
#define LINK_ADDRESS 0xffffffff80000000

/* MAIR_EL1, by AttrIndx: 0 normal write-back, 1 Device-nGnRE, 2 Device-nGnRnE. */
#define MAIR_VALUE 0x0004ff
#define ATTRIBUTE_NORMAL 0
#define ATTRIBUTE_DEVICE 1

/* TCR_EL1: both halves of 47 bits, 4 KiB granule, inner-shareable write-back tables, ASIDs of 8 bits in TTBR1_EL1 (A1). Without IPS. */
#define TCR_VALUE 0xb5513511

/* SCTLR_EL1: what is RES1 in v8.0, and M, C, I, SA, SA0, nTWI, nTWE, UCT, UCI, DZE. */
#define SCTLR_OFF 0x30d00980
#define SCTLR_VALUE 0x34d5d99d
