// SPDX-License-Identifier: Apache-2.0
// Bundle writer (docs/formats.md).
#include "tools/image/bundle.hpp"

#include <fcntl.h>

#include <algorithm>

#include "tools/support/bytes.hpp"
#include "tools/support/file.hpp"
#include "tools/support/hash64.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kEntryBytes = 72;
constexpr std::size_t kNameBytes = 40;
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kWriteBytes = 1 << 20;

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

std::uint64_t size_of(const BundleEntry& entry) {
  std::uint64_t bytes = entry.content.size();
  for (const Content& one : entry.files) bytes += round_up(one->size());
  return bytes;
}

}  // namespace

Result<Bundle> make_bundle(std::vector<BundleEntry> entries) {
  std::ranges::sort(entries, {}, &BundleEntry::name);
  std::string table;
  std::uint64_t offset = round_up(kHeaderBytes + kEntryBytes * entries.size());
  std::string before;
  for (const BundleEntry& one : entries) {
    if (one.name.empty() || one.name.size() >= kNameBytes) return fail("the bundle cannot name an entry '" + one.name + "'");
    if (one.name == before) return fail("the bundle has two entries called '" + one.name + "'");
    before = one.name;
    append_field(table, one.name, kNameBytes);
    append_number(table, static_cast<std::uint32_t>(one.kind));
    append_number(table, std::uint32_t{0});
    append_number(table, offset);
    append_number(table, size_of(one));
    append_number(table, one.kind == EntryKind::root_data ? 0 : hash64(one.content));
    offset = round_up(offset + size_of(one));
  }
  std::string head = "TESSBNDL";
  append_number(head, std::uint32_t{1});
  append_number(head, static_cast<std::uint32_t>(entries.size()));
  append_number(head, offset);
  append_number(head, hash64(table));
  Bundle bundle{{content_of(head + table)}, offset};
  for (BundleEntry& one : entries) {
    if (!one.content.empty()) bundle.pieces.push_back(content_of(std::move(one.content)));
    bundle.pieces.insert(bundle.pieces.end(), one.files.begin(), one.files.end());
  }
  return bundle;
}

Result<void> write_bundle(const Bundle& bundle, const std::string& file) {
  const UniqueFd output(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!output.valid()) return fail_errno("cannot create " + file);
  std::string waiting;
  for (const Content& one : bundle.pieces) {
    waiting += *one;
    pad_to(waiting, kPageBytes);
    if (waiting.size() < kWriteBytes) continue;
    TRY(write_all(output.get(), waiting, file));
    waiting.clear();
  }
  return write_all(output.get(), waiting, file);
}

}  // namespace tessera::tools::image
