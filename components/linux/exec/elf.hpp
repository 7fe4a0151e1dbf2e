// SPDX-License-Identifier: Apache-2.0
// What an ELF64 file asks for, from its bytes alone (System V gABI, chapter 5).
// The bytes are hostile. Where Linux refuses a file before it gives up the old
// program, so does this (ENOEXEC, ELIBBAD); what Linux finds out later (segments
// that cannot be mapped) is found out by the loader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

struct ElfHeader {
  bool position_independent = false;  // ET_DYN
  std::uint64_t entry = 0;
  std::uint64_t table_offset = 0;  // program headers in the file
  std::uint32_t table_entries = 0;
};

inline constexpr std::size_t kElfHeaderBytes = 64, kProgramHeaderBytes = 56;

// `machine`: e_machine of this processor. ENOEXEC.
Result<ElfHeader> read_elf_header(std::span<const std::byte> bytes, std::uint16_t machine);
bool looks_like_elf(std::span<const std::byte> bytes);

struct ElfSegment {
  std::uint64_t offset = 0, file_bytes = 0;
  std::uint64_t address = 0, memory_bytes = 0;
  std::uint64_t alignment = 0;
  std::uint32_t protection = 0;  // kProt*
};

struct ElfPlan {
  ElfHeader header;
  std::vector<ElfSegment> segments;  // PT_LOAD, in the file's order
  // Pages from the first to behind the last, before any bias.
  std::uint64_t low = 0, high = 0;
  std::uint64_t alignment = 4096;           // largest of the segments'
  std::uint64_t table_address = 0;          // of the program headers in memory; 0 when not loaded
  std::optional<ElfSegment> interpreter;    // file range of its path
  std::optional<ElfSegment> properties;     // file range of the last PT_GNU_PROPERTY
  bool executable_stack = false;
  // A segment makes no sense. Linux notices when the old program is gone already:
  // the process dies of SIGSEGV.
  bool unloadable = false;
};

// `table`: the program headers' bytes, header.table_entries of them.
// ENOEXEC for what can never be loaded.
Result<ElfPlan> plan_elf(const ElfHeader& header, std::span<const std::byte> table);

inline constexpr std::size_t kMostPropertyBytes = 1024;     // of the note: longer ones are ENOEXEC

}  // namespace tessera::lx
