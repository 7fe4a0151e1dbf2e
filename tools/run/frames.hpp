// SPDX-License-Identifier: Apache-2.0
// Frames of the host link (abi/protocols/console.toml).
#pragma once

#include <abi/protocols/console.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

namespace wire = protocol::console;
inline constexpr std::size_t kMostPayload = wire::kMostContent;

[[nodiscard]] std::string frame(wire::Operation kind, std::string_view payload);
[[nodiscard]] std::string window_size_frame(std::uint16_t rows, std::uint16_t columns);

class CoreFiles;

// Takes frames apart, however the bytes arrive.
class FrameReader {
 public:
  // Without `cores` no frame of a core file is expected.
  explicit FrameReader(CoreFiles* cores = nullptr) : cores_(cores) {}

  // Appends the payloads of complete frames to what belongs to their channel.
  // After a failure the stream means nothing any more.
  [[nodiscard]] Result<void> feed(std::string_view bytes, std::string& output, std::string& error);

  // Bytes of a frame that has begun.
  [[nodiscard]] bool in_frame() const { return !pending_.empty(); }

 private:
  CoreFiles* cores_;
  std::string pending_;
};

}  // namespace tessera::tools::run
