// SPDX-License-Identifier: Apache-2.0
#include "lib/format/elf.hpp"

#include <algorithm>

#include "lib/format/elf_properties.hpp"

namespace tessera::format {

namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kMostImageBytes = 64 << 20;
constexpr std::uint32_t kLoad = 1, kInterpreter = 3, kExecutable = 1, kWritable = 2;
constexpr std::uint16_t kStaticExecutable = 2;

struct FileHeader {
  std::array<std::uint8_t, 16> ident;
  std::uint16_t type;
  std::uint16_t machine;
  std::uint32_t version;
  std::uint64_t entry;
  std::uint64_t program_headers;
  std::uint64_t section_headers;
  std::uint32_t flags;
  std::uint16_t header_bytes;
  std::uint16_t program_header_bytes;
  std::uint16_t program_header_count;
  std::uint16_t section_header_bytes;
  std::uint16_t section_header_count;
  std::uint16_t names_section;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
  std::uint32_t type;
  std::uint32_t flags;
  std::uint64_t offset;
  std::uint64_t address;
  std::uint64_t physical;
  std::uint64_t file_bytes;
  std::uint64_t memory_bytes;
  std::uint64_t alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

// ELF, 64 bits, little endian, version 1.
constexpr std::array<std::uint8_t, 7> kIdent{0x7f, 'E', 'L', 'F', 2, 1, 1};

Parsed<Segment> plan_segment(const ProgramHeader& header, std::span<const std::byte> file, std::uint64_t lowest, std::uint64_t limit) {
  if (header.file_bytes > header.memory_bytes) return bad("a segment has more bytes in the file than in memory");
  if (!part_of(file, header.offset, header.file_bytes)) return bad("a segment lies outside of the file");
  if (header.memory_bytes > kMostImageBytes || header.address < lowest || header.address >= limit ||
      header.memory_bytes > limit - header.address) {
    return bad("a segment lies outside of the memory for programs");
  }
  if ((header.flags & kWritable) != 0 && (header.flags & kExecutable) != 0) return bad("a segment is writable and executable");
  const std::uint64_t lead = header.address % kPageBytes;
  const std::uint64_t whole = (lead + header.memory_bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (whole > limit - (header.address - lead)) return bad("a segment lies outside of the memory for programs");
  return Segment{.address = header.address - lead,
                 .memory_bytes = whole,
                 .file_offset = header.offset,
                 .file_bytes = header.file_bytes,
                 .lead_bytes = lead,
                 .write = (header.flags & kWritable) != 0,
                 .execute = (header.flags & kExecutable) != 0};
}

bool entry_is_code(const LoadPlan& plan) {
  return std::ranges::any_of(plan.all(), [&](const Segment& one) {
    return one.execute && plan.entry >= one.address && plan.entry - one.address < one.memory_bytes;
  });
}

}  // namespace

std::uint64_t LoadPlan::end() const {
  if (segment_count == 0) return 0;
  const Segment& last = segments[segment_count - 1];
  return last.address + last.memory_bytes;
}

Parsed<LoadPlan> plan_elf(std::span<const std::byte> file, std::uint16_t machine, std::uint64_t lowest, std::uint64_t limit) {
  const auto header = read_at<FileHeader>(file, 0);
  if (!header || !std::ranges::equal(std::span(header->ident).first<kIdent.size()>(), kIdent)) return bad("not a 64-bit ELF file");
  if (header->machine != machine) return bad("a program for another kind of machine");
  if (header->type != kStaticExecutable) return bad("not a static executable");
  if (header->program_header_bytes != sizeof(ProgramHeader)) return bad("program headers of a strange size");
  LoadPlan plan{.entry = header->entry};
  for (std::uint64_t index = 0; index < header->program_header_count; ++index) {
    const std::uint64_t offset = index * sizeof(ProgramHeader);
    if (header->program_headers > file.size()) return bad("program headers outside of the file");
    const auto program = read_at<ProgramHeader>(file, header->program_headers + offset);
    if (!program) return bad("program headers outside of the file");
    if (program->type == kElfProperties && machine == kMachineArm64) {
      const auto note = part_of(file, program->offset, program->file_bytes);
      if (!note) return bad("properties outside of the file");
      const auto features = read_elf_features(*note);
      if (!features) return std::unexpected(features.error());
      plan.landing_pads = (*features & kElfLandingPads) != 0;
    }
    if (program->type == kInterpreter) return bad("not a static executable");
    if (program->type != kLoad || program->memory_bytes == 0) continue;
    if (plan.segment_count == LoadPlan::kMostSegments) return bad("too many segments");
    const auto segment = plan_segment(*program, file, lowest, limit);
    if (!segment) return std::unexpected(segment.error());
    if (plan.segment_count > 0 && segment->address < plan.end()) return bad("segments overlap or are out of order");
    plan.segments[plan.segment_count] = *segment;
    ++plan.segment_count;
  }
  if (plan.segment_count == 0) return bad("a program without segments");
  if (plan.end() - plan.start() > kMostImageBytes) return bad("a program that spans too much memory");
  if (!entry_is_code(plan)) return bad("the entry point is not in code");
  return plan;
}

}  // namespace tessera::format
