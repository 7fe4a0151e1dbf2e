// SPDX-License-Identifier: Apache-2.0
// What the fuzzer begins with: device_tree_corpus DIRECTORY writes trees into it.
#include <filesystem>
#include <fstream>
#include <span>

#include "tests/unit/kernel/parsers/tree_builder.hpp"

namespace {

using namespace tessera::nucleus::test;

void write(const std::filesystem::path& file, const std::vector<std::byte>& bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

#pragma clang unsafe_buffer_usage begin
int main(int count, char** words) {
  const std::span arguments(words, static_cast<std::size_t>(count));
#pragma clang unsafe_buffer_usage end
  if (arguments.size() != 2) return 1;
  const std::filesystem::path to(arguments[1]);
  std::filesystem::create_directories(to);
  write(to / "machine", machine_tree().bytes());
  write(to / "nodes", tree_of_nodes(0x5000'0000, {3, 3, 10, 3, 7, 40, 7, 9, 50, 9, 7, 60}).bytes());
  write(to / "contradiction", tree_of_nodes(0x6800'0000, {3, 7, 256}).bytes());
  write(to / "least", Tree().begin("").begin("chosen").end().end().bytes());
  return 0;
}
