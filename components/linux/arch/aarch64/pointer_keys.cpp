// SPDX-License-Identifier: Apache-2.0
#include "components/linux/arch/aarch64/pointer_keys.hpp"

#include <array>
#include <bit>
#include <linux_arch/prctl.hpp>
#include <span>

#include "components/linux/arch/aarch64/guest_features.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

// Of SCTLR_EL1, by the bits of the keys: EnIA, EnIB, EnDA, EnDB.
constexpr std::array<unsigned, 4> kControlBits{31, 30, 27, 13};

bool has(std::uint64_t capability) { return (capabilities_of(guest_features(current_thread().registers())).first & capability) != 0; }

Result<std::int64_t> reset_keys(Thread& self, std::uint64_t which) {
  if (!has_address_keys() && !has_generic_key()) return fail(Errno::einval);
  const bool wrong = (which & ~(kAddressKeys | kGenericKey)) != 0 || ((which & kAddressKeys) != 0 && !has_address_keys()) ||
                     ((which & kGenericKey) != 0 && !has_generic_key());
  if (wrong) return fail(Errno::einval);
  self.carrier->sync();
  draw_keys(self.registers(), which != 0 ? which : kAddressKeys | kGenericKey);
  return 0;
}

Result<std::int64_t> set_enabled(Thread& self, std::uint64_t which, std::uint64_t enabled) {
  if (!has_address_keys() || (which & ~kAddressKeys) != 0 || (enabled & ~which) != 0) return fail(Errno::einval);
  self.carrier->sync();
  enable_keys(self.registers(), (enabled_keys(self.registers()) & ~which) | enabled);
  return 0;
}

}  // namespace

bool has_address_keys() { return has(kCapabilityAddresses); }
bool has_generic_key() { return has(kCapabilityGeneric); }

void draw_keys(Registers& guest, std::uint64_t which) {
  constexpr std::size_t kWords = 2;
  constexpr std::uint64_t kFields = 0xff00'0ff0, kNewerFields = 0xff00;  // GPI, GPA, API, APA; APA3, GPA3
  if ((guest.isar1 & kFields) == 0 && (guest.isar2 & kNewerFields) == 0) return;
  for (std::size_t key = 0; key < guest.keys.size() / kWords; ++key)
    if ((which >> key & 1) != 0) random_bytes(std::as_writable_bytes(std::span(guest.keys).subspan(key * kWords, kWords)));
}

void enable_keys(Registers& guest, std::uint64_t which) {
  guest.key_control = 0;
  for (std::size_t key = 0; key < kControlBits.size(); ++key) guest.key_control |= (which >> key & 1) << kControlBits.at(key);
}

std::uint64_t enabled_keys(const Registers& guest) {
  std::uint64_t which = 0;
  for (std::size_t key = 0; key < kControlBits.size(); ++key) which |= (guest.key_control >> kControlBits.at(key) & 1) << key;
  return which;
}

Result<std::int64_t> prctl_of_machine(const Arguments& arguments) {
  constexpr std::uint64_t kResetKeys = 54, kSetEnabledKeys = 60, kGetEnabledKeys = 61;
  Thread& self = current_thread();
  const bool three_more = (arguments[2] | arguments[3] | arguments[4]) != 0;
  switch (arguments[0]) {
    case kResetKeys: return three_more ? fail(Errno::einval) : reset_keys(self, arguments[1]);
    case kSetEnabledKeys:
      if ((arguments[3] | arguments[4]) != 0) return fail(Errno::einval);
      return set_enabled(self, arguments[1], arguments[2]);
    case kGetEnabledKeys:
      if (three_more || arguments[1] != 0 || !has_address_keys()) return fail(Errno::einval);
      return static_cast<std::int64_t>(enabled_keys(self.registers()));
    default: return fail(Errno::einval);
  }
}

}  // namespace tessera::lx
