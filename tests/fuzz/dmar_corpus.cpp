// SPDX-License-Identifier: Apache-2.0
// Seeds for dmar.cpp: dmar_corpus DIRECTORY.
#include <filesystem>
#include <fstream>
#include <span>

#include "tests/unit/kernel/parsers/dmar_builder.hpp"

namespace {

using namespace tessera::nucleus::test;

void write(const std::filesystem::path& file, const AcpiTable& table) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(table.bytes().data()), static_cast<std::streamsize>(table.bytes().size()));
}

}  // namespace

#pragma clang unsafe_buffer_usage begin
int main(int count, char** words) {
  const std::span arguments(words, static_cast<std::size_t>(count));
#pragma clang unsafe_buffer_usage end
  if (arguments.size() != 2) return 1;
  const std::filesystem::path to(arguments[1]);
  std::filesystem::create_directories(to);
  AcpiTable one = dmar(), several = dmar(), bad = dmar();
  add_unit(one, 0xfed9'0000);
  for (std::uint64_t i = 0; i < 9; ++i) add_unit(several, 0xfed9'0000 + i * 4096);
  add_unit(bad, 0xfed9'0000, 1);
  write(to / "one", one);
  write(to / "several", several);
  write(to / "bad", bad);
  write(to / "none", dmar());
  return 0;
}
