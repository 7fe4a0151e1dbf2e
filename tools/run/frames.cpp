// SPDX-License-Identifier: Apache-2.0
// Frames of the host link.
#include "tools/run/frames.hpp"

#include <format>

#include "tools/support/bytes.hpp"

namespace tessera::tools::run {

std::string frame(ToGuest channel, std::string_view payload) {
  std::string bytes;
  append_number(bytes, static_cast<std::uint8_t>(channel));
  append_number(bytes, std::uint8_t{0});
  append_number(bytes, static_cast<std::uint16_t>(payload.size()));
  bytes += payload;
  return bytes;
}

std::string window_size_frame(std::uint16_t rows, std::uint16_t columns) {
  std::string payload;
  append_number(payload, rows);
  append_number(payload, columns);
  return frame(ToGuest::window_size, payload);
}

Result<void> FrameReader::feed(std::string_view bytes, std::string& output, std::string& error) {
  pending_ += bytes;
  std::string_view left = pending_;
  while (left.size() >= kFrameHeaderBytes) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(left[at]); };
    const std::size_t length = byte(2) | static_cast<std::size_t>(byte(3)) << 8;
    const bool known = byte(0) == static_cast<std::uint8_t>(ToHost::output) || byte(0) == static_cast<std::uint8_t>(ToHost::error);
    if (!known || byte(1) != 0 || length > kMostPayload) {
      return fail(std::format("the link carried something that is no frame: {:02x} {:02x} {:02x} {:02x}", byte(0), byte(1),
                              byte(2), byte(3)));
    }
    if (left.size() < kFrameHeaderBytes + length) break;
    std::string& target = byte(0) == static_cast<std::uint8_t>(ToHost::output) ? output : error;
    target += left.substr(kFrameHeaderBytes, length);
    left.remove_prefix(kFrameHeaderBytes + length);
  }
  pending_ = std::string(left);
  return {};
}

}  // namespace tessera::tools::run
