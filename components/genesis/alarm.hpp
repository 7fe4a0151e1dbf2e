// SPDX-License-Identifier: Apache-2.0
// A message to genesis' own endpoint at a time: an endpoint is waited for without end, so a second thread waits for
// the clock.
#pragma once

#include <atomic>
#include <cstdint>

#include "components/genesis/store.hpp"

namespace tessera::genesis {

class Alarm {
 public:
  static constexpr std::uint32_t kLabel = 0x616c'6172;  // with badge 0, which no component has
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // Fatal without memory.
  explicit Alarm(Handle endpoint);
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  // Nanoseconds since boot, in place of an earlier time; the message may come without reason, too.
  void set(std::uint64_t time_ns);

 private:
  static void run(void* alarm);

  Handle endpoint_;
  Handle changed_ = 0;
  std::atomic<std::uint64_t> time_ns_ = kNever;
};

}  // namespace tessera::genesis
