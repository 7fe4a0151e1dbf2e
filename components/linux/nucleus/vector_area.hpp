// SPDX-License-Identifier: Apache-2.0
// Who owns the vector area of a guest's state page. Its thread's last core may still hold
// newer registers and writes them there when another guest needs the core, so whoever
// changes the area claims it before the first byte.
#pragma once

#include <atomic>
#include <linux_arch/guest_state.hpp>

namespace tessera::lx {

// From here on what the page has counts. For the guest's own thread; the vector area of
// another may be changed after that thread's sync only.
inline void claim_vectors(tessera::abi::GuestState& guest) {
  guest.load_extended = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);  // against its own core alone
}

}  // namespace tessera::lx
