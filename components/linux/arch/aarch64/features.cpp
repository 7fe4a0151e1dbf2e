// SPDX-License-Identifier: Apache-2.0
#include "components/linux/arch/aarch64/features.hpp"

#include <array>
#include <string_view>

namespace tessera::lx {

namespace {

using Field = std::uint64_t FeatureRegisters::*;

// A bit of AT_HWCAP, or AT_HWCAP2 from 64 on, that is set where a field of four bits is at least `least`.
struct Capability {
  unsigned bit;
  std::string_view name;
  Field field;  // null: always there
  unsigned shift, least;
};

constexpr Field kPfr0 = &FeatureRegisters::pfr0, kPfr1 = &FeatureRegisters::pfr1, kIsar0 = &FeatureRegisters::isar0,
                kIsar1 = &FeatureRegisters::isar1, kIsar2 = &FeatureRegisters::isar2, kMmfr0 = &FeatureRegisters::mmfr0,
                kMmfr1 = &FeatureRegisters::mmfr1, kMmfr2 = &FeatureRegisters::mmfr2;
constexpr unsigned kSecond = 64;

// Without what guests never have: SVE, SME, MTE, MOPS. A capability with several lines has them for one of several fields.
constexpr std::array kCapabilities{
    Capability{0, "fp", kPfr0, 16, 0},      Capability{1, "asimd", kPfr0, 20, 0},    Capability{3, "aes", kIsar0, 4, 1},
    Capability{4, "pmull", kIsar0, 4, 2},   Capability{5, "sha1", kIsar0, 8, 1},     Capability{6, "sha2", kIsar0, 12, 1},
    Capability{7, "crc32", kIsar0, 16, 1},  Capability{8, "atomics", kIsar0, 20, 2}, Capability{9, "fphp", kPfr0, 16, 1},
    Capability{10, "asimdhp", kPfr0, 20, 1}, Capability{11, "cpuid", nullptr, 0, 0}, Capability{12, "asimdrdm", kIsar0, 28, 1},
    Capability{13, "jscvt", kIsar1, 12, 1}, Capability{14, "fcma", kIsar1, 16, 1},   Capability{15, "lrcpc", kIsar1, 20, 1},
    Capability{16, "dcpop", kIsar1, 0, 1},  Capability{17, "sha3", kIsar0, 32, 1},   Capability{18, "sm3", kIsar0, 36, 1},
    Capability{19, "sm4", kIsar0, 40, 1},   Capability{20, "asimddp", kIsar0, 44, 1}, Capability{21, "sha512", kIsar0, 12, 2},
    Capability{23, "asimdfhm", kIsar0, 48, 1}, Capability{24, "dit", kPfr0, 48, 1},  Capability{25, "uscat", kMmfr2, 32, 1},
    Capability{26, "ilrcpc", kIsar1, 20, 2}, Capability{27, "flagm", kIsar0, 52, 1}, Capability{28, "ssbs", kPfr1, 4, 2},
    Capability{29, "sb", kIsar1, 36, 1},
    Capability{30, "paca", kIsar1, 4, 1},   Capability{30, "paca", kIsar1, 8, 1},    Capability{30, "paca", kIsar2, 12, 1},
    Capability{31, "pacg", kIsar1, 24, 1},  Capability{31, "pacg", kIsar1, 28, 1},   Capability{31, "pacg", kIsar2, 8, 1},
    Capability{kSecond + 0, "dcpodp", kIsar1, 0, 2},   Capability{kSecond + 7, "flagm2", kIsar0, 52, 2},
    Capability{kSecond + 8, "frint", kIsar1, 32, 1},   Capability{kSecond + 13, "i8mm", kIsar1, 52, 1},
    Capability{kSecond + 14, "bf16", kIsar1, 44, 1},   Capability{kSecond + 15, "dgh", kIsar1, 48, 1},
    Capability{kSecond + 16, "rng", kIsar0, 60, 1},    Capability{kSecond + 17, "bti", kPfr1, 0, 1},
    Capability{kSecond + 19, "ecv", kMmfr0, 60, 1},
    Capability{kSecond + 20, "afp", kMmfr1, 44, 1},    Capability{kSecond + 21, "rpres", kIsar2, 4, 1},
    Capability{kSecond + 31, "wfxt", kIsar2, 0, 2},    Capability{kSecond + 32, "ebf16", kIsar1, 44, 2},
    Capability{kSecond + 34, "cssc", kIsar2, 52, 1},   Capability{kSecond + 35, "rprfm", kIsar2, 48, 1},
    Capability{kSecond + 44, "hbc", kIsar2, 20, 1},    Capability{kSecond + 46, "lrcpc3", kIsar1, 20, 3},
    Capability{kSecond + 47, "lse128", kIsar0, 20, 3},
};

// 15 in a field is "not at all" where 0 is not.
bool has(const FeatureRegisters& registers, const Capability& one) {
  if (one.field == nullptr) return true;
  const std::uint64_t value = registers.*one.field >> one.shift & 15;
  return value != 15 && value >= one.least;
}

// What a field that programs do not see reads when it says that nothing is there, where that is not 0.
constexpr std::uint64_t kOnly64Bit = 0x11;                    // of PFR0: EL1 and EL0
constexpr std::uint64_t kNoGranules = 0x0000'0111'ff00'0000;  // of MMFR0: TGran4_2, TGran64_2, TGran16_2, TGran4, TGran64
constexpr std::uint64_t kDebugVersion = 6;                    // of DFR0: Armv8, the oldest there is

std::optional<std::uint64_t> identification(const FeatureRegisters& registers, unsigned op2) {
  constexpr unsigned kMain = 0, kAffinity = 5, kRevision = 6;
  constexpr std::uint64_t kAlwaysOne = std::uint64_t{1} << 31;
  switch (op2) {
    case kMain: return registers.midr;
    case kAffinity: return kAlwaysOne;
    case kRevision: return 0;
    default: return std::nullopt;
  }
}

}  // namespace

Capabilities capabilities_of(const FeatureRegisters& registers) {
  Capabilities all;
  for (const Capability& one : kCapabilities) {
    if (has(registers, one)) (one.bit < kSecond ? all.first : all.second) |= std::uint64_t{1} << one.bit % kSecond;
  }
  return all;
}

std::string capability_names(const FeatureRegisters& registers) {
  std::string names;
  std::string_view last;
  for (const Capability& one : kCapabilities) {
    if (one.name == last || !has(registers, one)) continue;
    last = one.name;
    (names += ' ').append(last);
  }
  return names;
}

// CRm 2 and 3 are of the 32-bit state, which is not there; the rest that is not named is of what is not there, too.
std::optional<std::uint64_t> visible_register(const FeatureRegisters& registers, unsigned crm, unsigned op2) {
  if (crm == 0) return identification(registers, op2);
  if (crm == 1 || crm > 7) return std::nullopt;
  switch (crm * 8 + op2) {
    case 4 * 8 + 0: return registers.pfr0 | kOnly64Bit;
    case 4 * 8 + 1: return registers.pfr1;
    case 5 * 8 + 0: return kDebugVersion;
    case 6 * 8 + 0: return registers.isar0;
    case 6 * 8 + 1: return registers.isar1;
    case 6 * 8 + 2: return registers.isar2;
    case 7 * 8 + 0: return registers.mmfr0 | kNoGranules;
    case 7 * 8 + 1: return registers.mmfr1;
    case 7 * 8 + 2: return registers.mmfr2;
    default: return 0;
  }
}

}  // namespace tessera::lx
