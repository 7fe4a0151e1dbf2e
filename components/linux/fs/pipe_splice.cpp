// SPDX-License-Identifier: Apache-2.0
// Pipes as splice sees them: waiting apart from moving, and bytes that may come back.
#include <algorithm>

#include "components/linux/fs/pipe.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigPipe = 13;

}  // namespace

Result<bool> Pipe::wait_for_bytes(bool non_blocking) {
  Ref<Pipe> keep(this);
  if (used_ == 0 && writers_ != 0) {
    if (non_blocking) return fail(Errno::eagain);
    TRY(wait_until(current_thread(), read_queue_, [&] { return used_ != 0 || writers_ == 0; }));
  }
  return used_ != 0;
}

Result<void> Pipe::wait_for_room(bool non_blocking) {
  Ref<Pipe> keep(this);
  if (readers_ != 0 && room() == 0) {
    if (non_blocking) return fail(Errno::eagain);
    TRY(wait_until(current_thread(), write_queue_, [&] { return room() != 0 || readers_ == 0; }));
  }
  if (readers_ != 0) return {};
  signal_current(kSigPipe);
  return fail(Errno::epipe);
}

std::size_t Pipe::peek(std::size_t skip, std::span<std::byte> to) const {
  std::size_t done = 0;
  while (done < to.size() && skip + done < used_) {
    std::size_t at = (head_ + skip + done) % capacity();
    std::size_t offset = at % kPageBytes;
    std::size_t length = std::min({kPageBytes - offset, used_ - skip - done, to.size() - done});
    std::ranges::copy(frame_bytes(slots_[at / kPageBytes]).subspan(offset, length), to.subspan(done).begin());
    done += length;
  }
  return done;
}

std::size_t Pipe::take(std::span<std::byte> to) {
  IoBuffer buffer = IoBuffer::local(to);
  std::size_t taken = drain(buffer);
  reserved_ += taken;
  return taken;
}

void Pipe::settle(std::size_t taken, std::span<const std::byte> left) {
  reserved_ -= taken;
  while (!left.empty()) {
    // From the back, page by page, in front of the first byte.
    std::size_t end = head_ == 0 ? capacity() : head_;
    std::size_t length = std::min(left.size(), (end - 1) % kPageBytes + 1);
    Frame& slot = slots_[(end - 1) / kPageBytes];
    if (slot == Frame::none) {
      auto frame = allocate_frame();
      if (!frame) break;  // no memory at all: these bytes are lost
      slot = *frame;
    }
    std::size_t start = end - length;
    std::ranges::copy(left.last(length), frame_bytes(slot).subspan(start % kPageBytes, length).begin());
    left = left.first(left.size() - length);
    head_ = start;
    used_ += length;
  }
  if (!write_queue_.empty() && room() != 0) write_queue_.wake_all();
  if (used_ != 0 && !read_queue_.empty()) read_queue_.wake_all();
}

Result<std::size_t> Pipe::append(std::span<const std::byte> bytes) {
  IoBuffer from = IoBuffer::local(bytes);
  Result<void> failure;
  std::size_t done = fill(from, failure);
  if (done == 0 && !failure) return fail(failure.error());
  if (done != 0 && !read_queue_.empty()) read_queue_.wake_all();
  inode_.attributes.modified = inode_.attributes.changed = current_time();
  return done;
}

}  // namespace tessera::lx
