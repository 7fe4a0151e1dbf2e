// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/lib/rt/host_runtime.hpp"

#include <cstdio>
#include <cstdlib>

#include "lib/rt/panic.hpp"

namespace tessera {

namespace rt {
FramePool*& own_frames() {
  static thread_local FramePool* frames = nullptr;
  return frames;
}
void panic(std::string_view text) {
  std::fprintf(stderr, "panic: %.*s\n", static_cast<int>(text.size()), text.data());
  std::abort();
}
}  // namespace rt

}  // namespace tessera
