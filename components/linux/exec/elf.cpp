// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/elf.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "components/linux/memory/area.hpp"
#include "lib/format/elf_properties.hpp"

namespace tessera::lx {

namespace {

constexpr std::array<std::uint8_t, 4> kMagic{0x7f, 'E', 'L', 'F'};
constexpr std::uint16_t kExecutable = 2, kShared = 3;
constexpr std::uint32_t kLoad = 1, kInterpreter = 3, kGnuStack = 0x6474e551;
constexpr std::uint32_t kFlagExecute = 1, kFlagWrite = 2, kFlagRead = 4;
// Linux reads at most 64 KiB of program headers.
constexpr std::uint32_t kMostHeaders = 65536 / kProgramHeaderBytes;
constexpr std::uint64_t kMostPath = 4096;

template <typename T>
T field(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}

std::uint32_t protection_of(std::uint32_t flags) {
  return ((flags & kFlagRead) != 0 ? kProtRead : 0) | ((flags & kFlagWrite) != 0 ? kProtWrite : 0) |
         ((flags & kFlagExecute) != 0 ? kProtExecute : 0);
}

ElfSegment segment_of(std::span<const std::byte> entry) {
  ElfSegment segment;
  segment.protection = protection_of(field<std::uint32_t>(entry, 4));
  segment.offset = field<std::uint64_t>(entry, 8);
  segment.address = field<std::uint64_t>(entry, 16);
  segment.file_bytes = field<std::uint64_t>(entry, 32);
  segment.memory_bytes = field<std::uint64_t>(entry, 40);
  segment.alignment = field<std::uint64_t>(entry, 48);
  return segment;
}

std::uint64_t round_up(std::uint64_t value) { return (value + kPageBytes - 1) & ~std::uint64_t{kPageBytes - 1}; }

}  // namespace

bool looks_like_elf(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

Result<ElfHeader> read_elf_header(std::span<const std::byte> bytes, std::uint16_t machine) {
  if (bytes.size() < kElfHeaderBytes || !looks_like_elf(bytes)) return fail(Errno::enoexec);
  // Class and byte order are not looked at, as on Linux: the machine implies them.
  const auto type = field<std::uint16_t>(bytes, 16);
  if (type != kExecutable && type != kShared) return fail(Errno::enoexec);
  if (field<std::uint16_t>(bytes, 18) != machine) return fail(Errno::enoexec);
  if (field<std::uint16_t>(bytes, 54) != kProgramHeaderBytes) return fail(Errno::enoexec);
  ElfHeader header;
  header.position_independent = type == kShared;
  header.entry = field<std::uint64_t>(bytes, 24);
  header.table_offset = field<std::uint64_t>(bytes, 32);
  header.table_entries = field<std::uint16_t>(bytes, 56);
  if (header.table_entries == 0 || header.table_entries > kMostHeaders) return fail(Errno::enoexec);
  return header;
}

Result<ElfPlan> plan_elf(const ElfHeader& header, std::span<const std::byte> table) {
  if (table.size() < std::size_t{header.table_entries} * kProgramHeaderBytes) return fail(Errno::enoexec);
  ElfPlan plan;
  plan.header = header;
  plan.low = ~std::uint64_t{0};
  for (std::uint32_t i = 0; i < header.table_entries; ++i) {
    const auto entry = table.subspan(i * kProgramHeaderBytes, kProgramHeaderBytes);
    const auto type = field<std::uint32_t>(entry, 0);
    const ElfSegment segment = segment_of(entry);
    if (type == kGnuStack) plan.executable_stack = (segment.protection & kProtExecute) != 0;
    if (type == format::kElfProperties) plan.properties = segment;
    if (type == kInterpreter && !plan.interpreter) {
      if (segment.file_bytes < 2 || segment.file_bytes > kMostPath) return fail(Errno::enoexec);
      plan.interpreter = segment;
    }
    if (type != kLoad) continue;
    const std::uint64_t end = segment.address + segment.memory_bytes;
    if (end < segment.address || end > ~std::uint64_t{0} - kPageBytes || segment.file_bytes > segment.memory_bytes ||
        segment.offset + segment.file_bytes < segment.offset) {
      plan.unloadable = true;
      continue;
    }
    plan.segments.push_back(segment);
    plan.low = std::min(plan.low, segment.address & ~std::uint64_t{kPageBytes - 1});
    plan.high = std::max(plan.high, round_up(end));
    // Only a power of two means something.
    if (segment.alignment > plan.alignment && (segment.alignment & (segment.alignment - 1)) == 0)
      plan.alignment = segment.alignment;
    if (header.table_offset >= segment.offset && header.table_offset - segment.offset < segment.file_bytes)
      plan.table_address = segment.address + (header.table_offset - segment.offset);
  }
  if (plan.segments.empty()) plan.unloadable = true;
  return plan;
}

}  // namespace tessera::lx
