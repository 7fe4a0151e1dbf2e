// SPDX-License-Identifier: Apache-2.0
#include "lib/format/bundle.hpp"

#include <algorithm>

#include "lib/format/hash64.hpp"

namespace tessera::format {

namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::array<char, 8> kMagic{'T', 'E', 'S', 'S', 'B', 'N', 'D', 'L'};

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t entry_count;
  std::uint64_t total_bytes;
  std::uint64_t entries_hash;
};
static_assert(sizeof(Header) == 32);

struct RawEntry {
  std::array<char, 40> name;
  std::uint32_t kind;
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t bytes;
  std::uint64_t hash;
};
static_assert(sizeof(RawEntry) == 72);

}  // namespace

std::string_view BundleEntry::name() const {
  const auto end = std::ranges::find(name_bytes, '\0');
  return {name_bytes.data(), static_cast<std::size_t>(end - name_bytes.begin())};
}

Parsed<Bundle> Bundle::open(std::span<const std::byte> bytes) {
  const auto header = read_at<Header>(bytes, 0);
  if (!header || header->magic != kMagic) return bad("the bundle has no header");
  if (header->version != 1) return bad("the bundle is of another version");
  if (header->total_bytes > bytes.size()) return bad("the bundle is cut off");
  Bundle bundle;
  bundle.bytes_ = bytes.first(header->total_bytes);
  const auto table = part_of(bundle.bytes_, sizeof(Header), std::uint64_t{header->entry_count} * sizeof(RawEntry));
  if (!table || hash64(*table) != header->entries_hash) return bad("the bundle's table is damaged");
  bundle.count_ = header->entry_count;
  const std::uint64_t first = sizeof(Header) + table->size();
  BundleEntry before;
  for (std::size_t index = 0; index < bundle.count_; ++index) {
    const BundleEntry entry = bundle.entry(index);
    if (entry.name().empty() || entry.name().size() == entry.name_bytes.size()) return bad("an entry of the bundle has no good name");
    if (index > 0 && !(before.name() < entry.name())) return bad("the bundle's entries are not in order");
    if (entry.kind < EntryKind::manifest || entry.kind > EntryKind::signatures) return bad("an entry of the bundle is of an unknown kind");
    if (entry.offset % kPageBytes != 0 || entry.offset < first || !part_of(bundle.bytes_, entry.offset, entry.bytes)) {
      return bad("an entry of the bundle lies outside of it");
    }
    before = entry;
  }
  return bundle;
}

BundleEntry Bundle::entry(std::size_t index) const {
  const auto raw = read_at<RawEntry>(bytes_, sizeof(Header) + index * sizeof(RawEntry));
  if (index >= count_ || !raw) return {};
  return {.name_bytes = raw->name, .kind = static_cast<EntryKind>(raw->kind), .offset = raw->offset, .bytes = raw->bytes,
          .hash = raw->hash};
}

std::optional<BundleEntry> Bundle::find(std::string_view name) const {
  for (std::size_t index = 0; index < count_; ++index) {
    const BundleEntry one = entry(index);
    if (one.name() == name) return one;
  }
  return std::nullopt;
}

std::span<const std::byte> Bundle::content(const BundleEntry& entry) const {
  return part_of(bytes_, entry.offset, entry.bytes).value_or(std::span<const std::byte>{});
}

bool Bundle::check_content(const BundleEntry& entry) const {
  return entry.kind == EntryKind::root_data || hash64(content(entry)) == entry.hash;
}

}  // namespace tessera::format
