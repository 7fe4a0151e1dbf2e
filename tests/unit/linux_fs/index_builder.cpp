// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/linux_fs/index_builder.hpp"

#include <span>

namespace {

template <typename T>
void put(std::vector<std::byte>& to, const T& value) {
  auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void put_text(std::vector<std::byte>& to, std::string_view text) {
  for (char c : text) to.push_back(static_cast<std::byte>(c));
}

}  // namespace

IndexBuilder::IndexBuilder() { add({.mode = 040755}, ""); }

std::uint32_t IndexBuilder::add(Entry entry, std::string_view name) {
  entry.name_offset = static_cast<std::uint32_t>(names_.size());
  entry.name_bytes = static_cast<std::uint32_t>(name.size());
  names_.append(name);
  entries_.push_back(entry);
  return static_cast<std::uint32_t>(entries_.size() - 1);
}
std::uint32_t IndexBuilder::directory(std::uint32_t parent, std::string_view name, std::uint32_t mode) {
  return add({.parent = parent, .mode = 040000 | mode}, name);
}
std::uint32_t IndexBuilder::file(std::uint32_t parent, std::string_view name, std::string_view content,
                                 std::uint32_t mode) {
  Entry entry{.parent = parent, .mode = 0100000 | mode, .bytes = content.size(), .data_offset = data_.size()};
  put_text(data_, content);
  data_.resize((data_.size() + 4095) / 4096 * 4096);
  return add(entry, name);
}
std::uint32_t IndexBuilder::symlink(std::uint32_t parent, std::string_view name, std::string_view target) {
  Entry entry{.parent = parent, .mode = 0120777, .bytes = target.size(), .data_offset = names_.size()};
  names_.append(target);
  return add(entry, name);
}
std::uint32_t IndexBuilder::hard_link(std::uint32_t parent, std::string_view name, std::uint32_t to) {
  return add({.parent = parent, .mode = 0100644, .link_of = to + 1}, name);
}

std::vector<std::byte> IndexBuilder::index() const {
  std::vector<std::byte> out;
  put_text(out, "TESSROOT");
  put(out, std::uint32_t{1});
  put(out, static_cast<std::uint32_t>(entries_.size()));
  put(out, std::uint64_t{32 + entries_.size() * 64});
  put(out, std::uint64_t{names_.size()});
  for (const Entry& entry : entries_) put(out, entry);
  put_text(out, names_);
  return out;
}
