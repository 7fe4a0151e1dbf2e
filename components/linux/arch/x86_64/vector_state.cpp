// SPDX-License-Identifier: Apache-2.0
#include <linux_arch/vector_state.hpp>

#include <algorithm>
#include <cstring>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/nucleus/vector_area.hpp"

namespace tessera::lx {

namespace {

// struct _fpx_sw_bytes, at the end of the legacy area.
struct SoftwareBytes {
  std::uint32_t magic = 0;
  std::uint32_t extended_bytes = 0;
  std::uint64_t features = 0;
  std::uint32_t state_bytes = 0;
  std::array<std::uint32_t, 7> padding{};
};
static_assert(sizeof(SoftwareBytes) == 48);
constexpr std::size_t kSoftwareOffset = 464;
constexpr std::uint32_t kMagicFirst = 0x46505853, kMagicLast = 0x46505845;
constexpr std::uint32_t kDefaultMxcsr = 0x1f80;
constexpr std::size_t kMxcsrOffset = 24, kMxcsrMaskOffset = 28;
constexpr std::uint64_t kLegacyFeatures = 3;  // x87, SSE

template <typename T>
T read_area(const tessera::abi::GuestState& guest, std::size_t offset) {
  T value{};
  std::memcpy(&value, std::span(guest.extended).subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}
template <typename T>
void write_area(tessera::abi::GuestState& guest, std::size_t offset, const T& value) {
  std::memcpy(std::span(guest.extended).subspan(offset, sizeof(T)).data(), &value, sizeof(T));
}

// Bits of MXCSR that the CPU has; LDMXCSR and XRSTOR fault on others.
std::uint32_t mxcsr_mask(const tessera::abi::GuestState& guest) {
  const std::uint32_t mask = read_area<std::uint32_t>(guest, kMxcsrMaskOffset);
  return mask != 0 ? mask : 0xffbf;
}

}  // namespace

std::size_t vector_state_bytes(const tessera::abi::GuestState& guest) {
  return std::clamp<std::size_t>(guest.extended_bytes, kLegacyVectorBytes + kVectorHeaderBytes,
                                 guest.extended.size() - sizeof kMagicLast);
}

std::uint16_t read_vector_u16(const tessera::abi::GuestState& guest, std::size_t offset) {
  return read_area<std::uint16_t>(guest, offset);
}

void reset_vector_state(tessera::abi::GuestState& guest) {
  claim_vectors(guest);
  const std::uint32_t mask = read_area<std::uint32_t>(guest, kMxcsrMaskOffset);
  // An empty header means the initial configuration of every component, but MXCSR
  // is always loaded. The legacy part is cleared as well, because a signal frame
  // marks it as valid whatever the header says.
  std::memset(guest.extended.data(), 0, kLegacyVectorBytes + kVectorHeaderBytes);
  write_area(guest, 0, std::uint16_t{0x37f});
  write_area(guest, kMxcsrOffset, kDefaultMxcsr);
  write_area(guest, kMxcsrMaskOffset, mask);
}

Result<void> save_vector_state(tessera::abi::GuestState& guest, std::uint64_t address) {
  const std::size_t bytes = vector_state_bytes(guest);
  SoftwareBytes marks;
  marks.magic = kMagicFirst;
  marks.extended_bytes = static_cast<std::uint32_t>(bytes + 4);
  marks.features = guest.extended_features | kLegacyFeatures;
  marks.state_bytes = static_cast<std::uint32_t>(bytes);
  write_area(guest, kSoftwareOffset, marks);  // bytes that the CPU leaves alone
  // Linux marks x87 and SSE as in use, so that a handler may edit them.
  write_area(guest, kLegacyVectorBytes, read_area<std::uint64_t>(guest, kLegacyVectorBytes) | kLegacyFeatures);
  write_area(guest, bytes, kMagicLast);
  return copy_to_guest(address, std::as_bytes(std::span(guest.extended)).first(bytes + sizeof kMagicLast));
}

Result<void> load_vector_state(tessera::abi::GuestState& guest, std::uint64_t address) {
  const std::size_t bytes = vector_state_bytes(guest);
  const std::uint32_t mask = mxcsr_mask(guest);
  claim_vectors(guest);
  const auto area = std::as_writable_bytes(std::span(guest.extended)).first(bytes + sizeof kMagicLast);
  const std::size_t got = address < kGuestLimit ? copy_from_guest_partial(area, address) : 0;
  if (got < kLegacyVectorBytes) {
    reset_vector_state(guest);
    return fail(Errno::efault);
  }
  const auto marks = read_area<SoftwareBytes>(guest, kSoftwareOffset);
  const bool whole = got == area.size() && marks.magic == kMagicFirst && marks.state_bytes == bytes &&
                     marks.extended_bytes >= bytes + 4 && read_area<std::uint32_t>(guest, bytes) == kMagicLast;
  // Header: only features that are on, and nothing in the reserved fields: else
  // XRSTOR would fault.
  const std::uint64_t features =
      whole ? read_area<std::uint64_t>(guest, kLegacyVectorBytes) & (guest.extended_features | kLegacyFeatures)
            : kLegacyFeatures;
  const std::array<std::uint64_t, 8> header{features};
  write_area(guest, kLegacyVectorBytes, header);
  write_area(guest, kMxcsrOffset, read_area<std::uint32_t>(guest, kMxcsrOffset) & mask);
  write_area(guest, kMxcsrMaskOffset, mask);
  return {};
}

}  // namespace tessera::lx
