// SPDX-License-Identifier: Apache-2.0
#include "components/linux/core/message_memory.hpp"

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

namespace {

// What a message costs besides its text: its place in a queue and the heap's own.
constexpr std::size_t kOverhead = 128;
std::uint64_t all_bytes = 0;

}  // namespace

Result<MessageText> MessageText::read(std::uint64_t address, std::size_t bytes) {
  const GuestRange range{address, bytes};
  IoBuffer from = IoBuffer::guest(std::span<const GuestRange, 1>(&range, 1).first(bytes == 0 ? 0 : 1));
  return take(from, bytes);
}

Result<MessageText> MessageText::take(IoBuffer& from, std::size_t bytes) {
  const std::size_t charge = bytes + kOverhead;
  if (all_bytes + charge > frame_counts().total * kPageBytes / 4) return fail(Errno::enomem);
  MessageText text;
  text.bytes_.resize(bytes);
  all_bytes += charge;
  text.charged_ = charge;
  if (from.take(text.bytes_) != bytes) return fail(Errno::efault);
  return text;
}

MessageText::~MessageText() { all_bytes -= charged_; }

}  // namespace tessera::lx
