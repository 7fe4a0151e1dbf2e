// SPDX-License-Identifier: Apache-2.0
// The link to the host.
#include "components/linux/tty/host_link.hpp"

#include <algorithm>

namespace tessera::lx {
namespace {

std::size_t word(std::byte low, std::byte high) {
  return std::to_integer<std::size_t>(low) | std::to_integer<std::size_t>(high) << 8;
}

}  // namespace

std::size_t HostLink::send(Kind kind, std::span<const std::byte> bytes) {
  if (!flush() || bytes.empty()) return 0;
  if (!framed_) return stream_.write(bytes);
  std::size_t length = std::min(bytes.size(), kFrameBytes);
  frame_.clear();
  sent_ = 0;
  frame_.push_back(static_cast<std::byte>(kind));
  frame_.push_back(std::byte{0});
  frame_.push_back(static_cast<std::byte>(length & 0xff));
  frame_.push_back(static_cast<std::byte>(length >> 8));
  frame_.insert(frame_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
  flush();
  return length;
}

bool HostLink::flush() {
  if (sent_ < frame_.size()) sent_ += stream_.write(std::span<const std::byte>(frame_).subspan(sent_));
  return can_send();
}

void HostLink::pull() {
  // What is received may make a reader ask for more at once.
  if (pulling_) return;
  pulling_ = true;
  bool more = true;
  while (more && !broken_) {
    if (!framed_) {
      payload_left_ = kFrameBytes;
      header_[0] = static_cast<std::byte>(Kind::input);
      more = pull_payload();
    } else if (header_bytes_ < header_.size()) {
      more = pull_header();
    } else {
      more = pull_payload();
    }
  }
  pulling_ = false;
}

bool HostLink::pull_header() {
  std::size_t got = stream_.read(std::span(header_).subspan(header_bytes_));
  header_bytes_ += got;
  if (header_bytes_ < header_.size()) return got != 0;
  payload_left_ = word(header_[2], header_[3]);
  window_bytes_ = 0;
  if (header_[1] != std::byte{0} || payload_left_ > kFrameBytes) {
    broken_ = true;
    receiver_.input_ended();
    return false;
  }
  if (payload_left_ == 0) end_frame();
  return true;
}

bool HostLink::pull_payload() {
  std::array<std::byte, 512> piece{};
  bool is_input = header_[0] == static_cast<std::byte>(Kind::input);
  std::size_t length = std::min(piece.size(), payload_left_);
  if (is_input) length = std::min(length, receiver_.input_room());
  if (length == 0) return false;
  std::size_t got = stream_.read(std::span(piece).first(length));
  if (got == 0) return false;
  payload_left_ -= got;
  auto bytes = std::span<const std::byte>(piece).first(got);
  if (is_input) receiver_.input(bytes);
  for (std::byte byte : bytes)
    if (!is_input && window_bytes_ < window_.size()) window_[window_bytes_++] = byte;
  if (framed_ && payload_left_ == 0) end_frame();
  return true;
}

// Kinds that are not known are skipped: a newer host may have more.
void HostLink::end_frame() {
  header_bytes_ = 0;
  if (header_[0] == static_cast<std::byte>(Kind::input_end)) receiver_.input_ended();
  if (header_[0] == static_cast<std::byte>(Kind::window) && window_bytes_ == window_.size())
    receiver_.window(static_cast<std::uint16_t>(word(window_[0], window_[1])),
                     static_cast<std::uint16_t>(word(window_[2], window_[3])));
}

}  // namespace tessera::lx
