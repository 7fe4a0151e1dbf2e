// SPDX-License-Identifier: Apache-2.0
// The registers of features among those of a guest.
#pragma once

#include <abi/guest_aarch64.hpp>

#include "components/linux/arch/aarch64/features.hpp"

namespace tessera::lx {

inline FeatureRegisters guest_features(const tessera::abi::GuestState& guest) {
  return {.midr = guest.midr, .pfr0 = guest.pfr0, .pfr1 = guest.pfr1, .isar0 = guest.isar0, .isar1 = guest.isar1,
          .isar2 = guest.isar2, .mmfr0 = guest.mmfr0, .mmfr1 = guest.mmfr1, .mmfr2 = guest.mmfr2};
}

}  // namespace tessera::lx
