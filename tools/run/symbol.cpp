// SPDX-License-Identifier: Apache-2.0
// Symbols by llvm-symbolizer.
#include "tools/run/symbol.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <system_error>
#include <vector>

#include "tools/run/elf.hpp"
#include "tools/support/process.hpp"

namespace tessera::tools::run {
namespace {

// "  NAME: function at file:line", or "" when the ELF has nothing there.
std::string look_up(const std::string& elf, std::uint64_t address) {
  const auto answer = run_program({{"llvm-symbolizer-22", "--obj=" + elf, "--no-inlines", "--relativenames",
                                    std::format("{:#x}", address)}, ""});
  if (!answer || answer->starts_with("??")) return "";
  const std::size_t end = answer->find('\n');
  if (end == std::string::npos) return "";
  std::string place = answer->substr(end + 1);
  place = place.substr(0, place.find('\n'));
  return "  " + std::filesystem::path(elf).stem().string() + ": " + answer->substr(0, end) +
         (place.starts_with("??") ? "" : " at " + place) + "\n";
}

std::vector<std::string> component_files(const Paths& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(paths.target() + "/components", error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".elf") files.push_back(at->path().string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::uint64_t without_slide(std::uint64_t address, std::uint64_t first, std::uint64_t end) {
  constexpr std::uint64_t kStep = 2 << 20;
  constexpr std::uint64_t kMost = 1 << 30;  // of the slide: the window that the nucleus has
  if (address < first || address - first >= kMost) return 0;
  const std::uint64_t linked = first + (address - first) % kStep;
  return linked < end ? linked : 0;
}

std::string describe_address(const Paths& paths, std::uint64_t address) {
  if (const auto nucleus = loaded_range(paths.nucleus())) {
    if (const std::uint64_t linked = without_slide(address, nucleus->first, nucleus->end); linked != 0) {
      return look_up(paths.nucleus(), linked);
    }
  }
  std::string text;
  for (const std::string& elf : component_files(paths)) {
    const auto range = loaded_range(elf);
    if (range && range->holds(address)) text += look_up(elf, address);
  }
  return text;
}

}  // namespace tessera::tools::run
