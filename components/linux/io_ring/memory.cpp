// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/memory.hpp"

#include <atomic>
#include <cstring>

#include "components/linux/core/page_copy.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::lx {

Result<Ref<RingMemory>> RingMemory::make(std::uint64_t bytes) {
  Ref<RingMemory> memory(new RingMemory);
  const auto pages = static_cast<std::size_t>((bytes + kPageBytes - 1) / kPageBytes);
  memory->frames_.reserve(pages);
  for (std::size_t i = 0; i < pages; ++i) memory->frames_.push_back(TRY(allocate_zeroed_frame()));
  return memory;
}

RingMemory::~RingMemory() {
  for (const Frame frame : frames_) release_frame(frame);
}

Result<Frame> RingMemory::page(std::uint64_t index, bool) {
  if (index >= frames_.size()) return fail(Errno::efault);
  const Frame frame = frames_[static_cast<std::size_t>(index)];
  retain_frame(frame);
  return frame;
}

std::span<std::byte> RingMemory::at(std::uint64_t offset, std::size_t bytes) const {
  return frame_bytes(frames_[static_cast<std::size_t>(offset / kPageBytes)]).subspan(offset % kPageBytes, bytes);
}

namespace {
// Frames are aligned, and so are offsets: a word of the ring is a word of the machine.
std::atomic_ref<std::uint32_t> word(std::span<std::byte> bytes) {
  return std::atomic_ref<std::uint32_t>(rt::object_at<std::uint32_t>(rt::address_of(bytes.data())));
}
}  // namespace

std::uint32_t RingMemory::load(std::uint64_t offset) const {
  return word(at(offset, sizeof(std::uint32_t))).load(std::memory_order_acquire);
}
void RingMemory::store(std::uint64_t offset, std::uint32_t value) {
  word(at(offset, sizeof value)).store(value, std::memory_order_release);
}

ring_abi::Submission RingMemory::submission(std::uint64_t offset) const {
  ring_abi::Submission copy;
  std::memcpy(&copy, at(offset, sizeof copy).data(), sizeof copy);
  // From here on the copy alone counts: the compiler must not look at the page again.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return copy;
}

void RingMemory::put(std::uint64_t offset, const ring_abi::Completion& completion) {
  std::memcpy(at(offset, sizeof completion).data(), &completion, sizeof completion);
}

}  // namespace tessera::lx
