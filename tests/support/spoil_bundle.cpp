// SPDX-License-Identifier: Apache-2.0
// spoil-bundle FILE ENTRY TEXT [OFFSET]: flips the lowest bit of the byte that is OFFSET bytes behind the first TEXT in this entry of
// a bundle, and makes all hashes right: as somebody would who wants the change not to be noticed. TEXT "" is the entry's beginning.
#include <cstdio>
#include <string>

#include "tools/support/arguments.hpp"
#include "tools/support/bytes.hpp"
#include "tools/support/file.hpp"
#include "tools/support/hash64.hpp"
#include "tools/support/size.hpp"

namespace {

using namespace tessera::tools;

// docs/formats.md, "Bundle".
constexpr std::size_t kHeaderBytes = 32, kEntryBytes = 72, kNameBytes = 40, kOffset = 48, kBytes = 56, kHash = 64, kEntriesHash = 24;

std::uint64_t number_at(const std::string& bytes, std::size_t at) { return structure_at<std::uint64_t>(bytes, at).value_or(0); }

void set_number(std::string& bytes, std::size_t at, std::uint64_t number) {
  std::string text;
  append_number(text, number);
  bytes.replace(at, text.size(), text);
}

bool spoil(std::string& bundle, const std::string& name, const std::string& text, std::size_t offset) {
  const std::size_t count = structure_at<std::uint32_t>(bundle, 12).value_or(0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = kHeaderBytes + i * kEntryBytes;
    if (bundle.substr(entry, kNameBytes).c_str() != name) continue;
    const std::size_t start = number_at(bundle, entry + kOffset), bytes = number_at(bundle, entry + kBytes);
    const std::size_t found = bundle.substr(start, bytes).find(text);
    if (found == std::string::npos || found + offset >= bytes) return false;
    char& letter = bundle[start + found + offset];
    letter = static_cast<char>(letter ^ 1);
    set_number(bundle, entry + kHash, hash64(std::string_view(bundle).substr(start, bytes)));
    set_number(bundle, kEntriesHash, hash64(std::string_view(bundle).substr(kHeaderBytes, count * kEntryBytes)));
    return true;
  }
  return false;
}

}  // namespace

int main(int count, char** values) {
  const auto words = arguments(count, values);
  if (words.size() < 4) return 2;
  auto bundle = read_file(words[1]);
  const std::size_t offset = words.size() > 4 ? parse_number(words[4]).value_or(0) : 0;
  if (!bundle || !spoil(*bundle, words[2], words[3], offset) || !write_file(words[1], *bundle)) {
    std::fprintf(stderr, "%s cannot be spoilt so\n", words[1].c_str());
    return 1;
  }
  return 0;
}
