// SPDX-License-Identifier: Apache-2.0
// The root file system from the bundle's index.
#include "components/linux/fs/root_index.hpp"

#include <cstring>
#include <string_view>
#include <vector>

namespace tessera::lx {
namespace {

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version, entry_count;
  std::uint64_t names_offset, names_bytes;
};
static_assert(sizeof(Header) == 32);

struct Entry {
  std::uint32_t parent, mode, uid, gid, name_offset, name_bytes;
  std::uint64_t bytes, data_offset, mtime;
  std::uint32_t link_of, rdev;
  std::uint64_t reserved;
};
static_assert(sizeof(Entry) == 64);

constexpr std::string_view kMagic = "TESSROOT";
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;
constexpr std::size_t kPathBytes = 4096, kNameBytes = 255;

class Loader {
 public:
  Loader(TmpDirectory& root, std::span<const std::byte> index) : root_(root), index_(index) {}
  Result<void> run();

 private:
  template <typename T>
  Result<T> read(std::uint64_t offset) const {
    if (offset > index_.size() || index_.size() - offset < sizeof(T)) return fail(Errno::einval);
    T value{};
    std::memcpy(&value, index_.subspan(static_cast<std::size_t>(offset)).data(), sizeof(T));
    return value;
  }
  // Text of the names area.
  Result<std::string_view> text(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > names_.size() || names_.size() - offset < bytes) return fail(Errno::einval);
    return names_.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
  }
  Result<void> load(std::uint32_t number, const Entry& entry);
  Result<Ref<Inode>> make(const Entry& entry);

  TmpDirectory& root_;
  std::span<const std::byte> index_;
  std::string_view names_;
  std::vector<Ref<Inode>> inodes_;
};

Result<void> set_attributes(Inode& inode, const Entry& entry) {
  if (entry.mtime > (std::uint64_t{1} << 40)) return fail(Errno::einval);
  Attributes& attributes = inode.attributes;
  attributes.mode = entry.mode & (kTypeMask | 07777);
  attributes.uid = entry.uid;
  attributes.gid = entry.gid;
  attributes.rdev = entry.rdev;
  attributes.modified = {static_cast<std::int64_t>(entry.mtime), 0};
  attributes.accessed = attributes.changed = attributes.born = attributes.modified;
  return {};
}

Result<Ref<Inode>> Loader::make(const Entry& entry) {
  TmpFs& file_system = root_.tmpfs();
  switch (entry.mode & kTypeMask) {
    case kRegular: {
      auto file = make_ref<TmpFile>(file_system, entry.mode, 0U, 0U);
      if (entry.bytes > kMostBytes || entry.data_offset % kPageBytes != 0 || entry.data_offset > kMostBytes)
        return fail(Errno::einval);
      // The last page must be there; those before it then are.
      if (entry.bytes != 0) TRY(bundle_frame(entry.data_offset + (entry.bytes - 1) / kPageBytes * kPageBytes));
      file->set_bundle(entry.data_offset, entry.bytes);
      return Ref<Inode>(file);
    }
    case kDirectory: return Ref<Inode>(make_ref<TmpDirectory>(file_system, entry.mode, 0U, 0U));
    case kSymlink: {
      std::string_view target = TRY(text(entry.data_offset, entry.bytes));
      if (target.empty() || target.size() >= kPathBytes || target.contains('\0')) return fail(Errno::einval);
      return Ref<Inode>(make_ref<TmpLink>(file_system, target, 0U, 0U));
    }
    case kCharDevice:
    case kBlockDevice:
    case kFifo:
    case kSocket: return Ref<Inode>(make_ref<TmpInode>(file_system, entry.mode, 0U, 0U));
    default: return fail(Errno::einval);
  }
}

Result<void> Loader::load(std::uint32_t number, const Entry& entry) {
  if (number == 0) {
    if (entry.name_bytes != 0 || entry.parent != 0 || (entry.mode & kTypeMask) != kDirectory)
      return fail(Errno::einval);
    inodes_.push_back(Ref<Inode>(&root_));
    return set_attributes(root_, entry);
  }
  std::string_view name = TRY(text(entry.name_offset, entry.name_bytes));
  if (name.empty() || name.size() > kNameBytes || name == "." || name == ".." || name.contains('/') ||
      name.contains('\0'))
    return fail(Errno::einval);
  if (entry.parent >= number || !inodes_[entry.parent]->directory()) return fail(Errno::einval);
  auto& parent = static_cast<TmpDirectory&>(*inodes_[entry.parent]);
  Ref<Inode> inode;
  if (entry.link_of != 0) {
    if (entry.link_of > number) return fail(Errno::einval);
    inode = inodes_[entry.link_of - 1];
    if (inode->directory()) return fail(Errno::einval);
    ++inode->attributes.links;
  } else {
    inode = TRY(make(entry));
    TRY(set_attributes(*inode, entry));
  }
  inodes_.push_back(inode);
  return parent.adopt(name, std::move(inode));
}

Result<void> Loader::run() {
  Header header = TRY(read<Header>(0));
  if (std::string_view(header.magic.data(), header.magic.size()) != kMagic || header.version != 1)
    return fail(Errno::einval);
  std::uint64_t entries_end = sizeof(Header) + std::uint64_t{header.entry_count} * sizeof(Entry);
  if (header.entry_count == 0 || entries_end > index_.size()) return fail(Errno::einval);
  if (header.names_offset < entries_end || header.names_offset > index_.size() ||
      index_.size() - header.names_offset < header.names_bytes)
    return fail(Errno::einval);
  auto names = index_.subspan(static_cast<std::size_t>(header.names_offset),
                              static_cast<std::size_t>(header.names_bytes));
  names_ = std::string_view(reinterpret_cast<const char*>(names.data()), names.size());
  inodes_.reserve(header.entry_count);
  for (std::uint32_t number = 0; number < header.entry_count; ++number) {
    Entry entry = TRY(read<Entry>(sizeof(Header) + std::uint64_t{number} * sizeof(Entry)));
    TRY(load(number, entry));
  }
  return {};
}

}  // namespace

Result<void> load_root_index(TmpDirectory& root, std::span<const std::byte> index) {
  auto done = Loader(root, index).run();
  // A name twice, for one: all that is wrong is "not an index".
  return done ? done : fail(Errno::einval);
}

}  // namespace tessera::lx
