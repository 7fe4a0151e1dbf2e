// SPDX-License-Identifier: Apache-2.0
// Bundle writer (docs/formats.md).
#include "tools/image/bundle.hpp"

#include <algorithm>

#include "tools/support/bytes.hpp"
#include "tools/support/hash64.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kEntryBytes = 72;
constexpr std::size_t kNameBytes = 40;
constexpr std::size_t kPageBytes = 4096;

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

}  // namespace

Result<std::string> write_bundle(std::vector<BundleEntry> entries) {
  std::ranges::sort(entries, {}, &BundleEntry::name);
  std::string table;
  std::uint64_t offset = round_up(kHeaderBytes + kEntryBytes * entries.size());
  const std::uint64_t first = offset;
  std::string before;
  for (const BundleEntry& one : entries) {
    if (one.name.empty() || one.name.size() >= kNameBytes) return fail("the bundle cannot name an entry '" + one.name + "'");
    if (one.name == before) return fail("the bundle has two entries called '" + one.name + "'");
    before = one.name;
    append_field(table, one.name, kNameBytes);
    append_number(table, static_cast<std::uint32_t>(one.kind));
    append_number(table, std::uint32_t{0});
    append_number(table, offset);
    append_number(table, std::uint64_t{one.content.size()});
    append_number(table, one.kind == EntryKind::root_data ? 0 : hash64(one.content));
    offset = round_up(offset + one.content.size());
  }
  std::string bundle = "TESSBNDL";
  append_number(bundle, std::uint32_t{1});
  append_number(bundle, static_cast<std::uint32_t>(entries.size()));
  append_number(bundle, offset);
  append_number(bundle, hash64(table));
  bundle.reserve(offset);
  bundle += table;
  bundle.resize(first, '\0');
  for (const BundleEntry& one : entries) {
    bundle += one.content;
    pad_to(bundle, kPageBytes);
  }
  return bundle;
}

}  // namespace tessera::tools::image
