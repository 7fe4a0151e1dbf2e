// SPDX-License-Identifier: Apache-2.0
// ELF-64 object file format 1.5; x86-64 psABI for the machine number.
#include "kernel/boot/elf_image.hpp"

#include <cstring>

#include "kernel/support/addresses.hpp"

namespace tessera::nucleus {

namespace {

struct FileHeader {
  std::array<std::uint8_t, 16> ident;
  std::uint16_t type, machine;
  std::uint32_t version;
  std::uint64_t entry, program_headers, section_headers;
  std::uint32_t flags;
  std::uint16_t header_bytes, program_header_bytes, program_header_count, section_header_bytes, section_header_count, names;
};
struct ProgramHeader {
  std::uint32_t type, flags;
  std::uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};

template <typename T>
bool get(std::span<const std::byte> file, std::uint64_t offset, T& value) {
  if (offset > file.size() || sizeof(T) > file.size() - offset) return false;
  std::memcpy(&value, file.subspan(offset).data(), sizeof(T));
  return true;
}

}  // namespace

std::expected<ElfImage, std::string_view> read_elf(std::span<const std::byte> file, std::uint64_t limit) {
  const auto bad = [](std::string_view why) { return std::unexpected(why); };
  FileHeader header;
  static constexpr std::array<std::uint8_t, 7> kIdent{0x7f, 'E', 'L', 'F', 2, 1, 1};
  if (!get(file, 0, header) || std::memcmp(header.ident.data(), kIdent.data(), kIdent.size()) != 0) return bad("not an ELF64 file");
  if (header.machine != arch::kElfMachine) return bad("for another architecture");
  if (header.type != 2 || header.program_header_bytes != sizeof(ProgramHeader)) return bad("not a static executable");
  ElfImage image{.entry = header.entry};
  std::uint64_t last_end = abi::kComponentBase;
  for (unsigned i = 0; i < header.program_header_count; ++i) {
    ProgramHeader program;
    if (!get(file, header.program_headers + std::uint64_t{i} * sizeof program, program)) return bad("truncated");
    if (program.type != 1 || program.memory_bytes == 0) continue;
    if (image.segment_count == image.segments.size()) return bad("too many segments");
    if (program.file_bytes > program.memory_bytes || program.offset > file.size() || program.file_bytes > file.size() - program.offset) {
      return bad("truncated");
    }
    const std::uint64_t start = program.address & ~(kPageBytes - 1);
    if (program.address >= limit || program.memory_bytes > limit - program.address || start < last_end) return bad("segment out of place");
    const std::uint64_t end = align_up(program.address + program.memory_bytes, kPageBytes);
    if (end > limit) return bad("segment out of place");
    std::uint8_t rights = abi::kRightRead;
    if ((program.flags & 1) != 0) rights |= abi::kRightExecute | abi::kMapGuarded;
    if ((program.flags & 2) != 0) rights |= abi::kRightWrite;
    if ((program.flags & 3) == 3) return bad("segment writable and executable");
    image.segments[image.segment_count++] = {start, end - start, program.address - start, program.offset, program.file_bytes, rights};
    last_end = end;
  }
  if (image.segment_count == 0) return bad("no segments");
  return image;
}

}  // namespace tessera::nucleus
