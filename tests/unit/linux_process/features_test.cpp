// SPDX-License-Identifier: Apache-2.0
// What AArch64's registers of features mean to programs: two processors as their manuals and Linux' /proc/cpuinfo know them,
// each capability alone, and what programs read.
#include "components/linux/arch/aarch64/features.hpp"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

constexpr std::uint64_t kEverything = 0x1111'1111'1111'1111;

// As the nucleus gives them: without what guests cannot use.
constexpr FeatureRegisters kCortexA72{.midr = 0x410f'd083, .isar0 = 0x1'1120};
constexpr FeatureRegisters kNeoverseN1{.midr = 0x413f'd0c1, .pfr0 = 0x11'0000, .pfr1 = 0x20, .isar0 = 0x1000'1021'1120, .isar1 = 0x10'0001};

std::uint64_t bits(std::initializer_list<unsigned> numbers) {
  std::uint64_t all = 0;
  for (const unsigned number : numbers) all |= std::uint64_t{1} << number;
  return all;
}

void known_processors() {
  CHECK(capability_names(kCortexA72) == " fp asimd aes pmull sha1 sha2 crc32 cpuid");
  CHECK(capabilities_of(kCortexA72).first == 0x8fb && capabilities_of(kCortexA72).second == 0);
  CHECK(capability_names(kNeoverseN1) ==
        " fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs");
  CHECK(capabilities_of(kNeoverseN1).first == bits({0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 20, 28}));
  CHECK(capabilities_of(kNeoverseN1).second == 0);
}

// A field more never takes a capability away, and each that is there has a name.
void more_is_more() {
  Random random(seed);
  for (int round = 0; round < 10'000; ++round) {
    FeatureRegisters some{.isar0 = random.next() & 0x7777'7777'7777'7777, .isar1 = random.next() & 0x7777'7777'7777'7777};
    const Capabilities before = capabilities_of(some);
    const std::string names = capability_names(some);
    CHECK(std::ranges::count(names, ' ') == std::popcount(before.first) + std::popcount(before.second));
    const unsigned shift = static_cast<unsigned>(random.below(16)) * 4;
    if ((some.isar0 >> shift & 15) == 7) continue;
    some.isar0 += std::uint64_t{1} << shift;
    const Capabilities after = capabilities_of(some);
    CHECK((before.first & ~after.first) == 0 && (before.second & ~after.second) == 0);
  }
}

void edges() {
  FeatureRegisters none;
  none.pfr0 = 0xff'0000;  // neither floating point nor vectors
  CHECK(capability_names(none) == " cpuid");
  // What guests never have is not there whatever the registers say.
  const FeatureRegisters all{.midr = 0, .pfr0 = kEverything, .pfr1 = kEverything, .isar0 = kEverything, .isar1 = kEverything,
                             .isar2 = kEverything, .mmfr0 = kEverything, .mmfr1 = kEverything, .mmfr2 = kEverything};
  for (const std::string_view name : {" sve", " mte", " sme", " mops", " evtstrm"})
    CHECK(!capability_names(all).contains(name));
  const FeatureRegisters pads{.pfr1 = 1};
  CHECK(has_branch_targets(pads) && capabilities_of(pads).second == bits({17}) && !has_branch_targets(none));
  FeatureRegisters wfxt{.isar2 = 1};  // a value that means nothing
  CHECK(capabilities_of(wfxt).second == 0);
  wfxt.isar2 = 2;
  CHECK(capabilities_of(wfxt).second == bits({31}));
}

// Each algorithm has fields of its own, of which a processor has one.
void signatures() {
  const FeatureRegisters qarma5{.isar1 = 0x100'0010}, own{.isar1 = 0x1000'0500}, qarma3{.isar2 = 0x5100};
  for (const FeatureRegisters& one : {qarma5, own, qarma3}) {
    CHECK(capability_names(one) == " fp asimd cpuid paca pacg");
    CHECK((capabilities_of(one).first & ~bits({0, 1, 11})) == (kCapabilityAddresses | kCapabilityGeneric));
  }
  const FeatureRegisters addresses_alone{.isar1 = 0x10};
  CHECK((capabilities_of(addresses_alone).first & (kCapabilityAddresses | kCapabilityGeneric)) == kCapabilityAddresses);
}

void what_programs_read() {
  CHECK(visible_register(kCortexA72, 0, 0) == 0x410f'd083);  // MIDR
  CHECK(visible_register(kCortexA72, 0, 5) == 0x8000'0000);  // MPIDR
  CHECK(visible_register(kCortexA72, 0, 6) == 0);            // REVIDR
  for (const unsigned reserved : {1u, 2u, 3u, 4u, 7u}) CHECK(!visible_register(kCortexA72, 0, reserved));
  for (unsigned op2 = 0; op2 < 8; ++op2) {
    CHECK(!visible_register(kCortexA72, 1, op2));
    for (const unsigned old : {2u, 3u}) CHECK(visible_register(kCortexA72, old, op2) == 0);
    for (unsigned crm = 8; crm < 16; ++crm) CHECK(!visible_register(kCortexA72, crm, op2));
  }
  CHECK(visible_register(kNeoverseN1, 4, 0) == 0x11'0011);  // PFR0: 64-bit alone
  CHECK(visible_register(kNeoverseN1, 4, 1) == 0x20);
  CHECK(visible_register(kNeoverseN1, 4, 4) == 0);  // ZFR0
  CHECK(visible_register(kNeoverseN1, 5, 0) == 6);
  CHECK(visible_register(kNeoverseN1, 6, 0) == kNeoverseN1.isar0 && visible_register(kNeoverseN1, 6, 1) == kNeoverseN1.isar1);
  CHECK(visible_register(kNeoverseN1, 6, 2) == 0 && visible_register(kNeoverseN1, 6, 7) == 0);
  CHECK(visible_register(kNeoverseN1, 7, 0) == 0x0111'ff00'0000);  // no granule
}

}  // namespace

void features_tests() {
  known_processors();
  more_is_more();
  edges();
  signatures();
  what_programs_read();
}

}  // namespace tessera::lx::test
