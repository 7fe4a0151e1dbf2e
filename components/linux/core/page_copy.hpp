// SPDX-License-Identifier: Apache-2.0
// Whole frames, copied and cleared.
#pragma once

#include <algorithm>
#include <cstring>

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

inline void copy_frame(Frame to, Frame from) {
  std::memcpy(frame_bytes(to).data(), frame_bytes(from).data(), kPageBytes);
}
inline void clear_frame(Frame frame) { std::memset(frame_bytes(frame).data(), 0, kPageBytes); }

}  // namespace tessera::lx
