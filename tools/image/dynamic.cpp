// SPDX-License-Identifier: Apache-2.0
#include "tools/image/dynamic.hpp"

#include <elf.h>

#include <optional>

#include "tools/support/bytes.hpp"

namespace tessera::tools::image {
namespace {

std::optional<std::string_view> range(std::string_view bytes, std::uint64_t offset, std::uint64_t count) {
  if (offset > bytes.size() || bytes.size() - offset < count) return std::nullopt;
  return bytes.substr(offset, count);
}

// Up to its zero byte; nothing when there is none.
std::optional<std::string> text(std::string_view bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  const std::size_t end = bytes.find('\0', offset);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(bytes.substr(offset, end - offset));
}

Failure damaged(const char* what) { return Failure{std::string("its ELF file is damaged: ") + what}; }

struct Segments {
  std::vector<Elf64_Phdr> all;

  [[nodiscard]] const Elf64_Phdr* of_type(std::uint32_t type) const {
    for (const Elf64_Phdr& one : all) {
      if (one.p_type == type) return &one;
    }
    return nullptr;
  }
  // Where in the file an address is.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const Elf64_Phdr& one : all) {
      if (one.p_type == PT_LOAD && address >= one.p_vaddr && address - one.p_vaddr < one.p_filesz) {
        return one.p_offset + (address - one.p_vaddr);
      }
    }
    return std::nullopt;
  }
};

Result<Segments> read_segments(std::string_view file, const Machine& machine) {
  const auto header = structure_at<Elf64_Ehdr>(file, 0);
  if (!header || !is_elf(file)) return fail("it is not an ELF file");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != machine.elf) {
    return fail("it is for another kind of machine, not " + std::string(machine.name));
  }
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN) return fail("it is neither a program nor a library");
  if (header->e_phentsize != sizeof(Elf64_Phdr)) return std::unexpected(damaged("program headers of a strange size"));
  Segments segments;
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = header->e_phoff > file.size() ? std::nullopt : structure_at<Elf64_Phdr>(file, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) return std::unexpected(damaged("program headers behind its end"));
    segments.all.push_back(*segment);
  }
  return segments;
}

struct Tables {
  std::uint64_t strings = 0;  // address
  std::vector<std::uint64_t> needed;
  std::optional<std::uint64_t> run_path, r_path;
};

Tables read_tables(std::string_view dynamic) {
  Tables tables;
  for (std::uint64_t offset = 0; const auto entry = structure_at<Elf64_Dyn>(dynamic, offset); offset += sizeof(Elf64_Dyn)) {
    const std::uint64_t value = entry->d_un.d_val;
    switch (entry->d_tag) {
      case DT_NULL: return tables;
      case DT_NEEDED: tables.needed.push_back(value); break;
      case DT_STRTAB: tables.strings = value; break;
      case DT_RUNPATH: tables.run_path = value; break;
      case DT_RPATH: tables.r_path = value; break;
      default: break;
    }
  }
  return tables;
}

}  // namespace

Result<Dynamic> read_dynamic(std::string_view file, const Machine& machine) {
  const Segments segments = TRY(read_segments(file, machine));
  Dynamic found;
  if (const Elf64_Phdr* interpreter = segments.of_type(PT_INTERP)) {
    const auto bytes = range(file, interpreter->p_offset, interpreter->p_filesz);
    const auto path = bytes ? text(*bytes, 0) : std::nullopt;
    if (!path || path->empty()) return std::unexpected(damaged("the path of its interpreter"));
    found.interpreter = *path;
  }
  const Elf64_Phdr* dynamic = segments.of_type(PT_DYNAMIC);
  if (dynamic == nullptr) return found;
  const auto bytes = range(file, dynamic->p_offset, dynamic->p_filesz);
  if (!bytes) return std::unexpected(damaged("its dynamic section"));
  const Tables tables = read_tables(*bytes);
  const auto strings = segments.offset_of(tables.strings);
  const auto string_at = [&](std::uint64_t offset) {
    return !strings || *strings + offset < offset ? std::nullopt : text(file, *strings + offset);
  };
  for (const std::uint64_t offset : tables.needed) {
    const auto name = string_at(offset);
    if (!name || name->empty()) return std::unexpected(damaged("the name of a library"));
    found.needed.push_back(*name);
  }
  if (const auto path = tables.run_path ? tables.run_path : tables.r_path) {
    const auto directories = string_at(*path);
    if (!directories) return std::unexpected(damaged("the path of its libraries"));
    found.library_path = *directories;
  }
  return found;
}

}  // namespace tessera::tools::image
