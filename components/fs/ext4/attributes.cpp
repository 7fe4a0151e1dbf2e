// SPDX-License-Identifier: Apache-2.0
// Reading them; attributes_store.cpp writes.
#include "components/fs/ext4/attributes.hpp"

#include <algorithm>
#include <array>

#include "components/fs/ext4/access_list.hpp"
#include "components/fs/ext4/attribute_entry.hpp"

namespace tessera::fs::ext4 {

namespace {

struct Prefix {
  std::uint8_t index;
  std::string_view text;
  bool whole;  // nothing follows
};
constexpr std::array<Prefix, 6> kPrefixes{{{.index = 1, .text = "user.", .whole = false},
                                           {.index = 2, .text = "system.posix_acl_access", .whole = true},
                                           {.index = 3, .text = "system.posix_acl_default", .whole = true},
                                           {.index = 4, .text = "trusted.", .whole = false},
                                           {.index = 6, .text = "security.", .whole = false},
                                           {.index = 7, .text = "system.", .whole = false}}};

bool visible(const AttributeName& name) { return !name_prefix(name.index).empty() && name != kInlineDataName; }

}  // namespace

Result<Bytes> attribute_block(Operation& operation, std::uint64_t block) {
  if (!operation.volume.may_hold_data({block, 1})) return fail(Error::corrupt);
  const Bytes bytes = TRY(operation.read(block, Kind::attributes, 0));
  if (get32(bytes, 0) != kAttributeMagic || get32(bytes, 8) != 1) return fail(Error::corrupt);
  return bytes;
}

std::optional<AttributeName> stored_name(std::string_view name) {
  for (const Prefix& prefix : kPrefixes) {
    if (!name.starts_with(prefix.text)) continue;
    const std::string_view rest = name.substr(prefix.text.size());
    if (prefix.whole != rest.empty() || rest.size() > 255) continue;
    return AttributeName{.index = prefix.index, .rest = rest};
  }
  return std::nullopt;
}

std::string_view name_prefix(std::uint8_t index) {
  const auto found = std::ranges::find(kPrefixes, index, &Prefix::index);
  return found == kPrefixes.end() ? std::string_view() : found->text;
}

Result<std::optional<InodeValue>> value_in_inode(const Inode& inode, AttributeName name) {
  std::optional<InodeValue> found;
  TRY(each_in_inode(inode, [&](const AttributeEntry& entry) {
    if (entry.name == name) found = InodeValue{.at = entry.value_at, .bytes = entry.value_bytes};
  }));
  return found;
}

Result<std::vector<StoredAttribute>> stored_attributes(Operation& operation, const Inode& inode) {
  std::vector<StoredAttribute> all;
  TRY(each_in_inode(inode, [&](const AttributeEntry& entry) {
    all.push_back({.name = entry.name, .value = inode.raw().subspan(entry.value_at, entry.value_bytes)});
  }));
  if (inode.attribute_block() == 0) return all;
  const Bytes block = TRY(attribute_block(operation, inode.attribute_block()));
  TRY(each_in_block(block, [&](const AttributeEntry& entry) {
    all.push_back({.name = entry.name, .value = block.subspan(entry.value_at, entry.value_bytes)});
  }));
  return all;
}

Result<std::size_t> get_attribute(Operation& operation, const Inode& inode, std::string_view name, Room to) {
  const auto stored = stored_name(name);
  if (!stored || *stored == kInlineDataName) return fail(Error::no_attribute);
  const std::vector<StoredAttribute> all = TRY(stored_attributes(operation, inode));
  const auto found = std::ranges::find(all, *stored, &StoredAttribute::name);
  if (found == all.end()) return fail(Error::no_attribute);
  const bool list = is_access_list(*stored);
  const std::size_t bytes = list ? TRY(shown_list_bytes(found->value)) : found->value.size();
  if (to.empty()) return bytes;
  if (to.size() < bytes) return fail(Error::buffer_too_small);
  if (list) show_list(found->value, to);
  else copy(to, found->value);
  return bytes;
}

Result<std::size_t> list_attributes(Operation& operation, const Inode& inode, Room to) {
  std::size_t bytes = 0;
  const std::vector<StoredAttribute> all = TRY(stored_attributes(operation, inode));
  for (const StoredAttribute& attribute : all) {
    if (visible(attribute.name)) bytes += name_prefix(attribute.name.index).size() + attribute.name.rest.size() + 1;
  }
  if (to.empty()) return bytes;
  if (to.size() < bytes) return fail(Error::buffer_too_small);
  for (const StoredAttribute& attribute : all) {
    if (!visible(attribute.name)) continue;
    for (const std::string_view part : {name_prefix(attribute.name.index), attribute.name.rest}) {
      copy(to, bytes_of(part));
      to = to.subspan(part.size());
    }
    put8(to, 0, 0);
    to = to.subspan(1);
  }
  return bytes;
}

}  // namespace tessera::fs::ext4
