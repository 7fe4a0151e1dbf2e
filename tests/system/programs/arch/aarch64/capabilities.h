// SPDX-License-Identifier: Apache-2.0
// What AT_HWCAP and AT_HWCAP2 promise (Linux' Documentation/arch/arm64/elf_hwcaps.rst): a bit is there when a field of a
// register of features, which programs may read, says so; then its instructions work.
#pragma once

#include <stddef.h>
#include <stdint.h>

static uint64_t machine_line[8] __attribute__((aligned(64), unused));

#define READS(name, register)                                  \
  static inline uint64_t machine_read_##name(void) {           \
    uint64_t value;                                            \
    __asm__ volatile("mrs %0, " register : "=r"(value));       \
    return value;                                              \
  }
READS(midr, "midr_el1")
READS(mpidr, "mpidr_el1")
READS(revidr, "revidr_el1")
READS(dfr0, "id_aa64dfr0_el1")
READS(p0, "id_aa64pfr0_el1")
READS(p1, "id_aa64pfr1_el1")
READS(i0, "id_aa64isar0_el1")
READS(i1, "id_aa64isar1_el1")
READS(i2, "s3_0_c0_c6_2")
READS(m0, "id_aa64mmfr0_el1")
READS(m2, "s3_0_c0_c7_2")
#undef READS
// The one of several fields that says so.
static inline uint64_t machine_read_signs(void) { return (machine_read_i1() >> 4 & 15) | (machine_read_i1() >> 8 & 15) | (machine_read_i2() >> 12 & 15); }
static inline uint64_t machine_read_any(void) { return (machine_read_i1() >> 24 & 15) | (machine_read_i1() >> 28 & 15) | (machine_read_i2() >> 8 & 15); }

// INSTRUCTIONS may use x0 to x2, w0 to w2 and the vector registers; x3 is the address of `machine_line`.
#define USES(name, extensions, instructions)                                                                                     \
  static inline void machine_use_##name(void) {                                                                                  \
    register uint64_t *line __asm__("x3") = machine_line;                                                                        \
    __asm__ volatile(".arch armv8-a" extensions "\nmov x0, #0\nmov x1, #0\nmov x2, #0\n" instructions ::"r"(line)                \
                     : "x0", "x1", "x2", "v0", "v1", "v2", "v3", "cc", "memory");                                                \
  }
USES(fp, "+fp", "fadd d0, d1, d2")
USES(asimd, "+simd", "add v0.4s, v1.4s, v2.4s")
USES(aes, "+aes", "aese v0.16b, v1.16b")
USES(pmull, "+aes", "pmull v0.1q, v1.1d, v2.1d")
USES(sha1, "+sha2", "sha1h s0, s1")
USES(sha2, "+sha2", "sha256su0 v0.4s, v1.4s")
USES(crc32, "+crc", "crc32b w0, w0, w1")
USES(atomics, "+lse", "ldadd x1, x0, [x3]")
USES(fphp, "+fp16", "fadd h0, h1, h2")
USES(asimdhp, "+fp16", "fadd v0.8h, v1.8h, v2.8h")
USES(asimdrdm, "+rdm", "sqrdmlah v0.4s, v1.4s, v2.4s")
USES(jscvt, "+fp\n.arch armv8.3-a", "fjcvtzs w0, d0")
USES(fcma, "+fp\n.arch armv8.3-a", "fcadd v0.4s, v1.4s, v2.4s, #90")
USES(lrcpc, "+rcpc", "ldapr x0, [x3]")
USES(dcpop, "\n.arch armv8.2-a", "dc cvap, x3")
USES(sha3, "+sha3", "eor3 v0.16b, v1.16b, v2.16b, v3.16b")
USES(sm3, "+sm4", "sm3partw1 v0.4s, v1.4s, v2.4s")
USES(sm4, "+sm4", "sm4e v0.4s, v1.4s")
USES(asimddp, "+dotprod", "udot v0.4s, v1.16b, v2.16b")
USES(sha512, "+sha3", "sha512su0 v0.2d, v1.2d")
USES(asimdfhm, "+fp16fml", "fmlal v0.4s, v1.4h, v2.4h")
USES(dit, "\n.arch armv8.4-a", "mrs x0, dit\nmsr dit, #1\nmsr dit, x0")
USES(uscat, "", "add x0, x3, #1\nldar x1, [x0]")
USES(ilrcpc, "\n.arch armv8.4-a", "ldapur x0, [x3, #8]")
USES(flagm, "+flagm", "cfinv")
USES(ssbs, "+ssbs", "mrs x0, ssbs\nmsr ssbs, #1\nmsr ssbs, x0")
USES(sb, "+sb", "sb")
USES(paca, "\n.arch armv8.3-a", "pacia x0, x1\nautia x0, x1")
USES(pacg, "\n.arch armv8.3-a", "pacga x0, x1, x2")
USES(dcpodp, "\n.arch armv8.5-a", "dc cvadp, x3")
USES(flagm2, "\n.arch armv8.5-a", "axflag")
USES(frint, "\n.arch armv8.5-a", "frint32z d0, d1")
USES(i8mm, "+i8mm", "smmla v0.4s, v1.16b, v2.16b")
USES(bf16, "+bf16", "bfdot v0.4s, v1.8h, v2.8h")
USES(dgh, "", "hint #6")
USES(rng, "+rng", "mrs x0, rndr")
USES(bti, "\n.arch armv8.5-a", "bti c")
USES(ecv, "", "mrs x0, s3_3_c14_c0_6")
USES(wfxt, "\n.arch armv8.7-a", "wfet x0")
USES(cssc, "+cssc", "abs x0, x1")
USES(hbc, "+hbc", "bc.eq 1f\n1:")
#undef USES

struct machine_capability {
  const char *name;
  unsigned word, bit;
  uint64_t (*of)(void);
  unsigned shift, least;
  void (*use)(void);
};
#define ONE(word, bit, name, of, shift, least) {#name, word, bit, machine_read_##of, shift, least, machine_use_##name}
static const struct machine_capability machine_capabilities[] = {
    ONE(0, 0, fp, p0, 16, 0),        ONE(0, 1, asimd, p0, 20, 0),     ONE(0, 3, aes, i0, 4, 1),      ONE(0, 4, pmull, i0, 4, 2),
    ONE(0, 5, sha1, i0, 8, 1),       ONE(0, 6, sha2, i0, 12, 1),      ONE(0, 7, crc32, i0, 16, 1),   ONE(0, 8, atomics, i0, 20, 2),
    ONE(0, 9, fphp, p0, 16, 1),      ONE(0, 10, asimdhp, p0, 20, 1),  ONE(0, 12, asimdrdm, i0, 28, 1), ONE(0, 13, jscvt, i1, 12, 1),
    ONE(0, 14, fcma, i1, 16, 1),     ONE(0, 15, lrcpc, i1, 20, 1),    ONE(0, 16, dcpop, i1, 0, 1),   ONE(0, 17, sha3, i0, 32, 1),
    ONE(0, 18, sm3, i0, 36, 1),      ONE(0, 19, sm4, i0, 40, 1),      ONE(0, 20, asimddp, i0, 44, 1), ONE(0, 21, sha512, i0, 12, 2),
    ONE(0, 23, asimdfhm, i0, 48, 1), ONE(0, 24, dit, p0, 48, 1),      ONE(0, 25, uscat, m2, 32, 1),  ONE(0, 26, ilrcpc, i1, 20, 2),
    ONE(0, 27, flagm, i0, 52, 1),    ONE(0, 28, ssbs, p1, 4, 2),      ONE(0, 29, sb, i1, 36, 1),      ONE(0, 30, paca, signs, 0, 1),   ONE(0, 31, pacg, any, 0, 1),     ONE(1, 0, dcpodp, i1, 0, 2),
    ONE(1, 7, flagm2, i0, 52, 2),    ONE(1, 8, frint, i1, 32, 1),     ONE(1, 13, i8mm, i1, 52, 1),   ONE(1, 14, bf16, i1, 44, 1),
    ONE(1, 15, dgh, i1, 48, 1),      ONE(1, 16, rng, i0, 60, 1),      ONE(1, 17, bti, p1, 0, 1),       ONE(1, 19, ecv, m0, 60, 1),    ONE(1, 31, wfxt, i2, 0, 2),
    ONE(1, 34, cssc, i2, 52, 1),     ONE(1, 44, hbc, i2, 20, 1),
};
#undef ONE

// What is wrong with them, or NULL.
static inline const char *machine_wrong_capability(unsigned long first, unsigned long second) {
  enum { kReadable = 1 << 11 };  // HWCAP_CPUID
  if ((first & kReadable) == 0) return "cpuid";
  for (size_t i = 0; i < sizeof(machine_capabilities) / sizeof(machine_capabilities[0]); ++i) {
    const struct machine_capability *one = &machine_capabilities[i];
    const unsigned field = one->of() >> one->shift & 15;
    const int told = ((one->word == 0 ? first : second) >> one->bit & 1) != 0;
    if (told != (field != 15 && field >= one->least)) return one->name;
    if (told) one->use();
  }
  // Of the 64-bit state alone, no secure state, no privileged registers: what programs do not see reads so.
  if ((machine_read_p0() & 0xffff) != 0x11 || machine_read_mpidr() != 1ul << 31 || machine_read_revidr() != 0) return "hidden fields";
  if (machine_read_dfr0() != 6 || (machine_read_m0() & 0xffffff) != 0 || machine_read_midr() == 0) return "hidden registers";
  __asm__ volatile("mrs xzr, midr_el1");
  return NULL;
}
