// SPDX-License-Identifier: Apache-2.0
// Frames of the host link.
#include "tools/run/frames.hpp"

#include <format>
#include <utility>

#include "tools/run/core_files.hpp"
#include "tools/support/bytes.hpp"

namespace tessera::tools::run {

std::string frame(wire::Operation kind, std::string_view payload) {
  std::string bytes;
  append_number(bytes, std::to_underlying(kind));
  append_number(bytes, std::uint8_t{0});
  append_number(bytes, static_cast<std::uint16_t>(payload.size()));
  bytes += payload;
  return bytes;
}

std::string window_size_frame(std::uint16_t rows, std::uint16_t columns) {
  std::string payload;
  append_number(payload, rows);
  append_number(payload, columns);
  return frame(wire::Operation::window, payload);
}

Result<void> FrameReader::feed(std::string_view bytes, std::string& output, std::string& error) {
  pending_ += bytes;
  std::string_view left = pending_;
  while (left.size() >= sizeof(wire::FrameHead)) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(left[at]); };
    const std::size_t length = byte(2) | static_cast<std::size_t>(byte(3)) << 8;
    const auto kind = static_cast<wire::Operation>(byte(0));
    const bool core = kind == wire::Operation::core && cores_ != nullptr && cores_->wanted();
    if ((kind != wire::Operation::output && kind != wire::Operation::error && !core) || byte(1) != 0 || length > kMostPayload) {
      return fail(std::format("the link carried something that is no frame: {:02x} {:02x} {:02x} {:02x}", byte(0), byte(1),
                              byte(2), byte(3)));
    }
    if (left.size() < sizeof(wire::FrameHead) + length) break;
    const std::string_view payload = left.substr(sizeof(wire::FrameHead), length);
    if (core) {
      if (!cores_->take(payload)) return fail("the link carried a piece of a core file that is none");
    } else {
      (kind == wire::Operation::output ? output : error) += payload;
    }
    left.remove_prefix(sizeof(wire::FrameHead) + length);
  }
  pending_ = std::string(left);
  return {};
}

}  // namespace tessera::tools::run
