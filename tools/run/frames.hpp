// SPDX-License-Identifier: Apache-2.0
// Frames of the host link (docs/formats.md, "Host link"): u8 channel, u8 zero,
// u16 length, payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

inline constexpr std::size_t kFrameHeaderBytes = 4;
inline constexpr std::size_t kMostPayload = 4096;

enum class ToGuest : std::uint8_t { input = 0, end_of_input = 1, window_size = 2 };
enum class ToHost : std::uint8_t { output = 16, error = 17, core = 18 };

[[nodiscard]] std::string frame(ToGuest channel, std::string_view payload);
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
