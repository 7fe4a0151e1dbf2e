// SPDX-License-Identifier: Apache-2.0
#include "components/linux/crash/core_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/tty/console.hpp"
#include "components/linux/tty/host_link.hpp"

namespace tessera::lx {

namespace {

bool busy = false;
WaitQueue& queue() {
  static WaitQueue instance;
  return instance;
}

constexpr std::size_t kMostContent = HostLink::kFrameBytes - 1;

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

CoreStream::CoreStream(Thread& self, std::string_view name, std::int32_t pid, std::uint64_t limit) : self_(self), left_(limit) {
  {
    WaitNode node(self, queue());
    while (busy && !self.ending) (void)sleep_uninterruptible();
  }
  if (busy) {  // killed while it waited
    failed_ = true;
    return;
  }
  busy = owner_ = true;
  std::array<std::byte, 20> begin{};
  std::memcpy(begin.data(), &pid, sizeof pid);
  const auto text = std::as_bytes(std::span(name)).first(std::min<std::size_t>(name.size(), 16));
  std::ranges::copy(text, std::span(begin).subspan(4).begin());
  send(Piece::begin, std::span(begin).first(4 + text.size()));
}

CoreStream::~CoreStream() {
  if (!owner_) return;
  busy = false;
  queue().wake_all();
}

// The host sees the next file's beginning, or nothing, after a piece that was not sent.
void CoreStream::send(Piece kind, std::span<const std::byte> content) {
  if (failed_) return;
  std::array<std::byte, HostLink::kFrameBytes> frame{};
  frame[0] = static_cast<std::byte>(kind);
  std::ranges::copy(content, std::span(frame).subspan(1).begin());
  failed_ = !send_dump(self_, std::span(frame).first(content.size() + 1));
}

void CoreStream::send_zeros() {
  if (zeros_ == 0) return;
  send(Piece::zeros, std::as_bytes(std::span(&zeros_, 1)));
  zeros_ = 0;
}

void CoreStream::flush() {
  if (buffer_.empty()) return;
  send(Piece::data, buffer_);
  buffer_.clear();
}

void CoreStream::data(std::span<const std::byte> bytes) {
  bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_)));
  if (bytes.size() == kPageBytes && all_zero(bytes)) return zeros(bytes.size());
  left_ -= bytes.size();
  send_zeros();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kMostContent - buffer_.size());
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.first(count).end());
    bytes = bytes.subspan(count);
    if (buffer_.size() == kMostContent) flush();
  }
}

void CoreStream::zeros(std::uint64_t count) {
  count = std::min(count, left_);
  left_ -= count;
  flush();
  zeros_ += count;
}

bool CoreStream::finish() {
  flush();
  send_zeros();
  send(Piece::end, {});
  return !failed_;
}

}  // namespace tessera::lx
