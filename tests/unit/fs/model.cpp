// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/fs/model.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "tests/support/check.hpp"

namespace tessera::test {

namespace {
constexpr std::uint32_t kRegular = 0x8000, kDirectory = 0x4000, kLink = 0xa000;
constexpr std::size_t kSector = 512;
bool below(const ModelNode& of, const ModelNode* wanted) {
  if (&of == wanted) return true;
  return std::ranges::any_of(of.names, [&](const auto& pair) { return pair.second->type == kDirectory && below(*pair.second, wanted); });
}
struct Collect final : fs::DirectorySink {
  std::map<std::string, fs::InodeNumber> names;
  std::size_t room = 50;
  bool add(const fs::DirectoryEntry& entry) override {
    if (room == 0) return false;
    --room;
    CHECK(names.emplace(entry.name, entry.inode).second);
    return true;
  }
};
}  // namespace

Model::Model(HostLoop& loop, fs::FileSystem& files, Random& random, Abilities abilities)
    : loop_(loop), files_(&files), random_(random), abilities_(abilities), root_(new ModelNode) {
  root_->type = kDirectory;
  root_->inode = files.root();
  root_->links = 2;
  directories_.push_back(root_);
  if (!abilities.lost_and_found) return;
  root_->links = 3;
  root_->names["lost+found"] = std::make_shared<ModelNode>();
  root_->names["lost+found"]->type = kDirectory;
}

// The number by which its name finds it.
void Model::look_up(const Spot& at, const Node& node) {
  if (abilities_.stable_numbers) return;
  const auto found = run(loop_, files_->lookup(at.directory->inode, at.name));
  CHECK(found.has_value());
  if (found) node->inode = found->inode;
}

bool Model::full(fs::Error error) { return allow_full && error == fs::Error::no_space; }

Model::Spot Model::spot() {
  Spot at;
  at.directory = directories_[random_.below(directories_.size())];
  if (random_.one_in(3)) at.directory = root_;
  const std::uint64_t number = random_.below(name_count);
  at.name = "n" + std::to_string(number) + std::string(number * 7 % name_bytes, 'x');
  const auto found = at.directory->names.find(at.name);
  if (found != at.directory->names.end()) at.node = found->second;
  return at;
}

Model::Node Model::any_file() { return regular_.empty() ? nullptr : regular_[random_.below(regular_.size())]; }

bool Model::create(const Spot& at) {
  const std::uint64_t kind = random_.below(10);
  const std::uint32_t type = kind < 6 ? kRegular : kind < 8 || !abilities_.links ? kDirectory : kLink;
  auto node = std::make_shared<ModelNode>();
  node->type = type;
  node->links = type == kDirectory ? 2 : 1;
  if (type == kLink) node->target = std::string(1 + random_.below(300), 't');
  const fs::NewInode what{.mode = type | 0644, .uid = 1, .gid = 2, .device_major = 0, .device_minor = 0, .now = {.seconds = ++clock_, .nanoseconds = 5}, .target = node->target};
  const auto made = run(loop_, files_->create(at.directory->inode, at.name, what));
  if (at.node != nullptr) {
    CHECK(made == std::unexpected(fs::Error::exists));
    return true;
  }
  if (!made) return !full(made.error()) && (note_failure(__FILE__, __LINE__, "create: " + std::to_string(static_cast<int>(made.error()))), true);
  node->inode = made->inode;
  at.directory->names[at.name] = node;
  if (type == kDirectory) {
    directories_.push_back(node);
    ++at.directory->links;
  }
  if (type == kRegular) regular_.push_back(node);
  return true;
}

bool Model::write(const Node& file) {
  if (file == nullptr) return true;
  const std::uint64_t offset = random_.below(most_bytes) / kSector * kSector;
  const std::uint64_t bytes = (1 + random_.below(std::min<std::uint64_t>(random_.one_in(4) ? 200 : 20, most_bytes / kSector))) * kSector;
  std::vector<std::byte> data(bytes);
  for (std::byte& byte : data) byte = static_cast<std::byte>(random_.next());
  const std::uint64_t size = offset + bytes - random_.below(kSector);
  const std::size_t half = bytes / kSector / 2 * kSector;
  const std::array pieces{std::span(data).first(half), std::span(data).subspan(half)};
  const auto done = run(loop_, files_->write(file->inode, offset, std::span(pieces).subspan(half == 0 ? 1 : 0), size, {.seconds = ++clock_}));
  if (!done) {
    // What was written before is: the file's contents in this range are not known.
    CHECK(full(done.error()));
    file->data = {};
    const fs::AttributeChange cut_off{.which = fs::AttributeChange::kSize, .to = {}};
    CHECK(run(loop_, files_->change_attributes(file->inode, cut_off)).has_value());
    return false;
  }
  if (size > file->data.size()) file->data.resize(size);
  std::ranges::copy(std::span(data).first(std::min<std::uint64_t>(bytes, file->data.size() - offset)), file->data.begin() + static_cast<std::ptrdiff_t>(offset));
  return true;
}

bool Model::cut(const Node& file) {
  if (file == nullptr) return true;
  fs::AttributeChange change{.which = fs::AttributeChange::kSize, .to = {}};
  change.to.size = random_.one_in(3) ? random_.below(3000) : random_.below(most_bytes);
  const auto done = run(loop_, files_->change_attributes(file->inode, change));
  // Without holes it needs room.
  if (!done) return !(!abilities_.holes && full(done.error())) && (note_failure(__FILE__, __LINE__, "cut: " + std::to_string(static_cast<int>(done.error()))), true);
  file->data.resize(change.to.size);
  return true;
}

bool Model::hole(const Node& file) {
  if (file == nullptr || file->data.empty()) return true;
  const std::uint64_t offset = random_.below(file->data.size()), bytes = 1 + random_.below(std::min<std::uint64_t>(50'000, most_bytes));
  const std::uint64_t kind = abilities_.holes ? random_.below(3) : 0;
  const std::uint32_t flags = kind == 0 ? 0 : kind == 1 ? fs::kAllocatePunchHole | fs::kAllocateKeepSize : fs::kAllocateZeroRange;
  const auto done = run(loop_, files_->allocate(file->inode, flags, offset, bytes, {.seconds = ++clock_}));
  if (!done) {
    CHECK(full(done.error()));
    if (kind != 0) std::fill(file->data.begin() + static_cast<std::ptrdiff_t>(offset), file->data.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset + bytes, file->data.size())), std::byte{0});
    return false;
  }
  if (kind != 1 && offset + bytes > file->data.size()) file->data.resize(offset + bytes);
  if (kind != 0) std::fill(file->data.begin() + static_cast<std::ptrdiff_t>(offset), file->data.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset + bytes, file->data.size())), std::byte{0});
  return true;
}

bool Model::remove(const Spot& at) {
  const bool is_directory = at.node != nullptr && at.node->type == kDirectory;
  const auto done = run(loop_, files_->unlink(at.directory->inode, at.name, is_directory, {.seconds = ++clock_}));
  if (at.node == nullptr) {
    CHECK(done == std::unexpected(fs::Error::not_found));
    return true;
  }
  if (is_directory && !at.node->names.empty()) {
    CHECK(done == std::unexpected(fs::Error::not_empty));
    return true;
  }
  CHECK(done.has_value());
  if (is_directory) {
    --at.directory->links;
    std::erase(directories_, at.node);
  } else if (--at.node->links == 0) {
    std::erase(regular_, at.node);
  }
  at.directory->names.erase(at.name);
  return true;
}

bool Model::rename(const Spot& from, const Spot& to) {
  const std::uint32_t flags = random_.one_in(4) ? fs::kRenameExchange : random_.one_in(5) ? fs::kRenameNoReplace : 0;
  const auto done = run(loop_, files_->rename(from.directory->inode, from.name, to.directory->inode, to.name, flags, {.seconds = ++clock_}));
  const auto is = [&](fs::Error error) { CHECK(done == std::unexpected(error)); return true; };
  if (from.node == nullptr) return is(fs::Error::not_found);
  if (to.node != nullptr && flags == fs::kRenameNoReplace) return is(fs::Error::exists);
  if (to.node == nullptr && flags == fs::kRenameExchange) return is(fs::Error::not_found);
  if (to.node == from.node) {
    CHECK(done.has_value());
    return true;
  }
  const bool across = from.directory != to.directory;
  if (across && from.node->type == kDirectory && below(*from.node, to.directory.get())) return is(fs::Error::invalid);
  if (across && flags == fs::kRenameExchange && to.node->type == kDirectory && below(*to.node, from.directory.get())) return is(fs::Error::invalid);
  const auto count = [](const Spot& at, const Node& node, int by) { if (node->type == kDirectory) at.directory->links += static_cast<std::uint32_t>(by); };
  if (flags == fs::kRenameExchange) {
    CHECK(done.has_value());
    count(from, from.node, -1), count(from, to.node, 1), count(to, to.node, -1), count(to, from.node, 1);
    from.directory->names[from.name] = to.node;
    to.directory->names[to.name] = from.node;
    look_up(from, to.node), look_up(to, from.node);
    return true;
  }
  if (to.node != nullptr) {
    if (from.node->type == kDirectory && to.node->type != kDirectory) return is(fs::Error::not_directory);
    if (from.node->type != kDirectory && to.node->type == kDirectory) return is(fs::Error::is_directory);
    if (!to.node->names.empty()) return is(fs::Error::not_empty);
  }
  if (!done) return !full(done.error()) && (note_failure(__FILE__, __LINE__, "rename: " + std::to_string(static_cast<int>(done.error()))), true);
  if (to.node != nullptr) {
    count(to, to.node, -1);
    if (to.node->type == kDirectory) std::erase(directories_, to.node);
    else if (--to.node->links == 0) std::erase(regular_, to.node);
  }
  count(from, from.node, -1), count(to, from.node, 1);
  to.directory->names[to.name] = from.node;
  from.directory->names.erase(from.name);
  look_up(to, from.node);
  return true;
}

bool Model::link(const Node& file, const Spot& to) {
  if (file == nullptr || !abilities_.links) return true;
  const auto done = run(loop_, files_->link(file->inode, to.directory->inode, to.name, {.seconds = ++clock_}));
  if (to.node != nullptr) {
    CHECK(done == std::unexpected(fs::Error::exists));
    return true;
  }
  if (!done) {
    CHECK(full(done.error()));
    return false;
  }
  ++file->links;
  to.directory->names[to.name] = file;
  return true;
}

bool Model::attribute(const Node& node) {
  if (node == nullptr || node->inode == 0 || !abilities_.attributes) return true;
  const std::string name = (random_.one_in(2) ? "user.a" : "trusted.b") + std::to_string(random_.below(6));
  const auto found = node->attributes.find(name);
  if (random_.one_in(3)) {
    const auto done = run(loop_, files_->remove_extended(node->inode, name, {.seconds = ++clock_}));
    if (found == node->attributes.end()) {
      CHECK(done == std::unexpected(fs::Error::no_attribute));
      return true;
    }
    CHECK(done.has_value());
    node->attributes.erase(found);
    return true;
  }
  const std::string value(random_.below(random_.one_in(3) ? 150 : 20), static_cast<char>('a' + random_.below(26)));
  const auto done = run(loop_, files_->set_extended(node->inode, name, std::as_bytes(std::span(value)), 0, {.seconds = ++clock_}));
  if (!done) {
    CHECK(done.error() == fs::Error::no_space);
    return true;
  }
  node->attributes[name] = value;
  return true;
}

bool Model::step() {
  switch (random_.below(16)) {
    case 0: case 1: case 2: case 3: return create(spot());
    case 4: case 5: case 6: case 7: return write(any_file());
    case 8: return cut(any_file());
    case 9: return hole(any_file());
    case 10: case 11: return remove(spot());
    case 12: case 13: return rename(spot(), spot());
    case 14: return link(any_file(), spot());
    default: return attribute(random_.one_in(2) ? any_file() : directories_[random_.below(directories_.size())]);
  }
}

std::string read_all(HostLoop& loop, fs::FileSystem& files, fs::InodeNumber inode) {
  const auto known = run(loop, files.attributes(inode));
  CHECK(known.has_value());
  if (!known) return {};
  std::vector<std::byte> room((known->size + kSector - 1) / kSector * kSector + kSector);
  const std::span<std::byte> piece(room);
  const auto count = run(loop, files.read(inode, 0, std::span(&piece, 1)));
  CHECK(count.has_value());
  if (!count) return {};
  CHECK_EQ(*count, known->size);
  CHECK(std::ranges::all_of(piece.subspan(*count), [](std::byte byte) { return byte == std::byte{0}; }));
  return {reinterpret_cast<const char*>(room.data()), *count};
}

void compare_tree(HostLoop& loop, fs::FileSystem& files, fs::InodeNumber inode, const ModelNode& expected, const std::string& path) {
  const auto known = run(loop, files.attributes(inode));
  CHECK(known.has_value());
  if (!known) return note_failure(__FILE__, __LINE__, path);
  CHECK_EQ(known->mode & 0xf000, expected.type);
  if (expected.type == 0 || path == "/lost+found") return;
  if (known->links != expected.links) note_failure(__FILE__, __LINE__, path + " links " + std::to_string(known->links) + " not " + std::to_string(expected.links));
  if (expected.type == kRegular) {
    const std::string is = read_all(loop, files, inode);
    const std::string_view wanted(reinterpret_cast<const char*>(expected.data.data()), expected.data.size());
    if (is != wanted) {
      const auto at = std::ranges::mismatch(is, wanted).in1 - is.begin();
      note_failure(__FILE__, __LINE__, path + " differs at " + std::to_string(at) + " of " + std::to_string(is.size()) + ", " + std::to_string(wanted.size()));
    }
  }
  if (expected.type == kLink) {
    std::array<std::byte, 4096> to{};
    const auto count = run(loop, files.read_link(inode, to));
    CHECK(count.has_value() && expected.target == std::string_view(reinterpret_cast<const char*>(to.data()), *count));
  }
  const auto bytes = run(loop, files.list_extended(inode, {}));
  std::size_t wanted_bytes = 0;
  for (const auto& [name, value] : expected.attributes) {
    wanted_bytes += name.size() + 1;
    std::array<std::byte, 300> to{};
    const auto count = run(loop, files.get_extended(inode, name, to));
    CHECK(count.has_value() && value == std::string_view(reinterpret_cast<const char*>(to.data()), *count));
  }
  if (wanted_bytes != 0 || bytes != std::unexpected(fs::Error::unsupported)) CHECK(bytes.has_value() && *bytes == wanted_bytes);
  if (expected.type != kDirectory) return;
  Collect collect;
  for (std::uint64_t position = 0;;) {
    collect.room = 50;
    const auto next = run(loop, files.read_directory(inode, position, collect));
    CHECK(next.has_value());
    if (!next || collect.room == 50) break;
    position = *next;
  }
  for (const auto& [name, number] : collect.names) {
    if (!expected.names.contains(name)) note_failure(__FILE__, __LINE__, path + "/" + name + " should not be");
  }
  for (const auto& [name, node] : expected.names) {
    const auto found = run(loop, files.lookup(inode, name));
    const auto listed = collect.names.find(name);
    if (!found || listed == collect.names.end() || listed->second != found->inode) {
      note_failure(__FILE__, __LINE__, path + "/" + name + " is missing");
      continue;
    }
    compare_tree(loop, files, found->inode, *node, (path == "/" ? "" : path) + "/" + name);
  }
}

void Model::compare(fs::FileSystem& files) { compare_tree(loop_, files, files.root(), *root_, "/"); }

std::shared_ptr<ModelNode> Model::copy() const {
  std::map<const ModelNode*, Node> done;
  struct Copier {
    std::map<const ModelNode*, Node>& made;
    Node of(const Node& node) {
      Node& to = made[node.get()];
      if (to != nullptr) return to;
      to = std::make_shared<ModelNode>(*node);
      const Node result = to;
      for (auto& [name, child] : result->names) child = of(child);
      return result;
    }
  } copier{done};
  return copier.of(root_);
}

}  // namespace tessera::test
