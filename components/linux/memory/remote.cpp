// SPDX-License-Identifier: Apache-2.0
// A process' memory seen from outside, page by page through its frames.
#include <algorithm>
#include <cstring>

#include "components/linux/core/page_copy.hpp"
#include "components/linux/memory/address_space.hpp"

namespace tessera::lx {

Frame AddressSpace::frame_for(std::uint64_t address, Access access) {
  // Two rounds: the first may bring a page in that is not yet fit for writing.
  for (int round = 0; round < 3; ++round) {
    const Area* const area = areas_.find(address);
    const PageEntry entry = pages_.get(address / kPageBytes);
    if (area != nullptr && entry.valid()) {
      const bool fits = access == Access::write
                            ? entry.writable() && (area->protection & kProtWrite) != 0
                            : area->protection != 0;
      if (fits) return entry.frame();
    }
    if (!fault(address, access)) return Frame::none;
  }
  return Frame::none;
}

Frame AddressSpace::frame_by_force(std::uint64_t address, Access access) {
  const Area* const area = areas_.find(address);
  if (area == nullptr) return frame_for(address, access);  // a stack may grow
  const bool allowed = access == Access::write ? (area->protection & kProtWrite) != 0 : area->protection != 0;
  if (allowed) return frame_for(address, access);
  const PageNumber page = address / kPageBytes;
  if (area->protection == 0) {
    const PageEntry entry = pages_.get(page);
    return access == Access::read && entry.valid() ? entry.frame() : Frame::none;
  }
  if (area->shared) return Frame::none;
  if (frame_for(address, Access::read) == Frame::none) return Frame::none;
  const PageEntry entry = pages_.get(page);
  const bool own = !entry.of_file() && frame_references(entry.frame()) == 1 && !frame_is_read_only(entry.frame());
  if (own) return entry.frame();
  const auto copy = allocate_frame();
  if (!copy) return Frame::none;
  copy_frame(*copy, entry.frame());
  if (!enter(page, *copy, rights_for(area->protection) & ~kMapWrite)) return Frame::none;
  return *copy;
}

std::size_t AddressSpace::read_through(FrameFor frame_of, std::span<std::byte> to, std::uint64_t from) {
  std::size_t done = 0;
  while (done < to.size()) {
    const std::uint64_t address = from + done;
    if (address < from || address >= kGuestLimit) break;
    const Frame frame = (this->*frame_of)(address, Access::read);
    if (frame == Frame::none) break;
    const std::size_t offset = address % kPageBytes;
    const std::size_t count = std::min(kPageBytes - offset, to.size() - done);
    std::memcpy(to.subspan(done).data(), frame_bytes(frame).subspan(offset, count).data(), count);
    done += count;
  }
  return done;
}

std::size_t AddressSpace::write_through(FrameFor frame_of, std::uint64_t to, std::span<const std::byte> from) {
  std::size_t done = 0;
  while (done < from.size()) {
    const std::uint64_t address = to + done;
    if (address < to || address >= kGuestLimit) break;
    const Frame frame = (this->*frame_of)(address, Access::write);
    if (frame == Frame::none) break;
    const std::size_t offset = address % kPageBytes;
    const std::size_t count = std::min(kPageBytes - offset, from.size() - done);
    std::memcpy(frame_bytes(frame).subspan(offset, count).data(), from.subspan(done).data(), count);
    done += count;
  }
  return done;
}

std::size_t AddressSpace::read_remote(std::span<std::byte> to, std::uint64_t from) {
  await_copy();
  return read_through(&AddressSpace::frame_for, to, from);
}
std::size_t AddressSpace::write_remote(std::uint64_t to, std::span<const std::byte> from) {
  await_copy();
  return write_through(&AddressSpace::frame_for, to, from);
}
std::size_t AddressSpace::read_by_force(std::span<std::byte> to, std::uint64_t from) {
  await_copy();
  return read_through(&AddressSpace::frame_by_force, to, from);
}
std::size_t AddressSpace::write_by_force(std::uint64_t to, std::span<const std::byte> from) {
  await_copy();
  const std::size_t done = write_through(&AddressSpace::frame_by_force, to, from);
  // A breakpoint, perhaps: with its page mapped once more the nucleus sees to it that what is
  // written is what processors fetch.
  for (PageNumber page = to / kPageBytes; page * kPageBytes < to + done; ++page) {
    const Area* const area = areas_.find(page * kPageBytes);
    const PageEntry entry = pages_.get(page);
    if (area == nullptr || (area->protection & kProtExecute) == 0 || !entry.valid()) continue;
    if (!fault_present(*area, page, entry, Access::read)) break;
  }
  return done;
}

std::size_t AddressSpace::peek(std::span<std::byte> to, std::uint64_t from) {
  await_copy();
  std::size_t done = 0;
  while (done < to.size()) {
    const std::uint64_t address = from + done;
    if (address < from || address >= kGuestLimit) break;
    const PageEntry entry = pages_.get(address / kPageBytes);
    if (!entry.valid()) break;
    const std::size_t offset = address % kPageBytes;
    const std::size_t count = std::min(kPageBytes - offset, to.size() - done);
    std::memcpy(to.subspan(done).data(), frame_bytes(entry.frame()).subspan(offset, count).data(), count);
    done += count;
  }
  return done;
}

}  // namespace tessera::lx
