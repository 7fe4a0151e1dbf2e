// SPDX-License-Identifier: Apache-2.0
// Pages that a ring shares with its program. The program may change them at any
// moment, also while they are read: each word is read once, in one piece, into a
// copy that is then checked. Nothing the ring relies on is kept here alone.
#pragma once

#include <cstdint>
#include <vector>

#include "components/linux/io_ring/abi.hpp"
#include "components/linux/memory/backing.hpp"

namespace tessera::lx {

class RingMemory final : public Backing {
 public:
  // Zeroed, all of it at once: what a ring needs must not run out later. ENOMEM.
  static Result<Ref<RingMemory>> make(std::uint64_t bytes);
  ~RingMemory() override;

  Result<Frame> page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool fault_around() const override { return false; }
  [[nodiscard]] const void* identity() const override { return this; }
  [[nodiscard]] std::string path() const override { return "anon_inode:[io_uring]"; }
  [[nodiscard]] std::uint64_t bytes() const { return frames_.size() * kPageBytes; }

  // Offsets are multiples of the size of what lies there, so nothing crosses a page.
  [[nodiscard]] std::uint32_t load(std::uint64_t offset) const;
  void store(std::uint64_t offset, std::uint32_t value);
  [[nodiscard]] ring_abi::Submission submission(std::uint64_t offset) const;
  void put(std::uint64_t offset, const ring_abi::Completion& completion);

 private:
  RingMemory() = default;
  [[nodiscard]] std::span<std::byte> at(std::uint64_t offset, std::size_t bytes) const;
  std::vector<Frame> frames_;
};

}  // namespace tessera::lx
