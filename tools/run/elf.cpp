// SPDX-License-Identifier: Apache-2.0
// The program headers of an ELF64 file.
#include "tools/run/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <string_view>

#include "tools/support/bytes.hpp"
#include "tools/support/file.hpp"

namespace tessera::tools::run {
std::optional<AddressRange> loaded_range(const std::string& elf) {
  const auto bytes = read_file(elf);
  if (!bytes || !bytes->starts_with("\x7f" "ELF\x02")) return std::nullopt;
  const auto header = structure_at<Elf64_Ehdr>(*bytes, 0);
  if (!header) return std::nullopt;
  std::optional<AddressRange> range;
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = structure_at<Elf64_Phdr>(*bytes, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment || segment->p_type != PT_LOAD) continue;
    const AddressRange here{segment->p_vaddr, segment->p_vaddr + segment->p_memsz};
    range = range ? AddressRange{std::min(range->first, here.first), std::max(range->end, here.end)} : here;
  }
  return range;
}

}  // namespace tessera::tools::run
