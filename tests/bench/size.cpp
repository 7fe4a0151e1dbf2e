// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/size.hpp"

#include <elf.h>

#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "tools/support/file.hpp"

namespace tessera::bench {
namespace {

// The T at OFFSET of the file, if it lies inside.
template <typename T>
Result<T> take(std::string_view file, std::uint64_t offset) {
  if (offset > file.size() || sizeof(T) > file.size() - offset) return tools::fail("the nucleus' ELF is cut short");
  T value;
  std::memcpy(&value, file.substr(offset).data(), sizeof(T));
  return value;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

struct Lines {
  double all = 0, code = 0, unsafe_buffer = 0;
};

// Code: neither empty nor a comment alone. The regions are those of clang's pragma.
void count(const std::string& text, Lines& lines) {
  bool unsafe_region = false, comment = false;
  std::istringstream stream(text);
  for (std::string whole; std::getline(stream, whole);) {
    const std::string_view line = trimmed(whole);
    lines.all += 1;
    if (line.starts_with("#pragma clang unsafe_buffer_usage begin")) unsafe_region = true;
    if (unsafe_region) lines.unsafe_buffer += 1;
    if (line.starts_with("#pragma clang unsafe_buffer_usage end")) unsafe_region = false;
    if (line.starts_with("/*")) comment = true;
    if (!comment && !line.empty() && !line.starts_with("//")) lines.code += 1;
    if (line.find("*/") != std::string_view::npos) comment = false;
  }
}

bool is_source(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".cpp" || extension == ".hpp" || extension == ".S" || extension == ".h" || extension == ".ld";
}

}  // namespace

Result<void> measure_bytes(const std::string& elf, Results& results) {
  const std::string file = TRY(tools::read_file(elf));
  const auto header = TRY(take<Elf64_Ehdr>(file, 0));
  double text = 0, read_only = 0, data = 0, zeroed = 0;
  for (std::uint64_t at = 0; at < header.e_shnum; ++at) {
    const auto section = TRY(take<Elf64_Shdr>(file, header.e_shoff + at * sizeof(Elf64_Shdr)));
    if ((section.sh_flags & SHF_ALLOC) == 0) continue;
    const bool writable = (section.sh_flags & SHF_WRITE) != 0;
    double& sum = section.sh_type == SHT_NOBITS             ? zeroed
                  : (section.sh_flags & SHF_EXECINSTR) != 0 ? text
                  : writable                                ? data
                                                            : read_only;
    sum += static_cast<double>(section.sh_size);
  }
  results.add(kTextRow, System::nucleus, Kind::bytes, text);
  results.add(kReadOnlyRow, System::nucleus, Kind::bytes, read_only);
  results.add(kDataRow, System::nucleus, Kind::bytes, data);
  results.add(kZeroRow, System::nucleus, Kind::bytes, zeroed);
  return {};
}

Result<void> measure_lines(const std::string& directory, const std::string& arch, Results& results) {
  Lines lines, own;
  const std::string arches = directory + "/arch/";
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (!is_source(at->path())) continue;
    const std::string path = at->path().string();
    const bool of_arch = path.starts_with(arches);
    if (of_arch && !path.starts_with(arches + arch + "/")) continue;
    const std::string text = TRY(tools::read_file(path));
    count(text, lines);
    if (of_arch) count(text, own);
  }
  if (error) return tools::fail(directory + ": " + error.message());
  results.add(kLinesRow, System::nucleus, Kind::lines, lines.all);
  results.add(kCodeLinesRow, System::nucleus, Kind::lines, lines.code);
  results.add(kArchLinesRow, System::nucleus, Kind::lines, own.all);
  results.add(kUnsafeLinesRow, System::nucleus, Kind::lines, lines.unsafe_buffer);
  return {};
}

}  // namespace tessera::bench
