// SPDX-License-Identifier: Apache-2.0
// tmpfs: directories. A hash table over an array of entries in order of creation.
#include <algorithm>
#include <bit>
#include <utility>

#include "components/linux/fs/name_hash.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/tmpfs.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

TmpDirectory::TmpDirectory(TmpFs& file_system, std::uint32_t mode, std::uint32_t uid, std::uint32_t gid)
    : TmpInode(file_system, mode, uid, gid) {
  attributes.links = 2;
  attributes.size = 2 * kEntryBytes;
}

// A deep tree must not be taken down by recursion: the stack is small. Children
// that would die with this directory are moved to a list first.
TmpDirectory::~TmpDirectory() {
  std::vector<Ref<Inode>> dying;
  auto strip = [&](TmpDirectory& directory) {
    for (Entry& entry : directory.entries_)
      if (entry.inode && entry.inode->directory()) dying.push_back(std::move(entry.inode));
    directory.entries_.clear();
  };
  strip(*this);
  while (!dying.empty()) {
    Ref<Inode> child = std::move(dying.back());
    dying.pop_back();
    // Of another file system, or in use by somebody: not this one's to strip.
    if (child->references() == 1 && &child->file_system() == &file_system())
      strip(static_cast<TmpDirectory&>(*child));
  }
}

std::uint32_t TmpDirectory::find(std::string_view name, std::uint32_t hash) const {
  if (buckets_.empty()) return kNoEntry;
  std::uint32_t index = buckets_[hash & (buckets_.size() - 1)];
  while (index != kNoEntry) {
    const Entry& entry = entries_[index];
    if (entry.hash == hash && entry.name == name) return index;
    index = entry.next;
  }
  return kNoEntry;
}
std::uint32_t TmpDirectory::find(std::string_view name) const { return find(name, hash_name(name)); }

void TmpDirectory::rebuild(std::size_t buckets) {
  std::erase_if(entries_, [](const Entry& entry) { return !entry.inode; });
  buckets_.assign(buckets, kNoEntry);
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    Entry& entry = entries_[index];
    std::uint32_t& bucket = buckets_[entry.hash & (buckets - 1)];
    entry.next = std::exchange(bucket, index);
  }
}

void TmpDirectory::insert(std::string_view name, Ref<Inode> inode) {
  // Also when many removed entries take up the array.
  if (entries_.size() >= buckets_.size()) rebuild(std::bit_ceil(std::max<std::size_t>(live_ * 2, 8)));
  std::uint32_t hash = hash_name(name);
  std::uint32_t& bucket = buckets_[hash & (buckets_.size() - 1)];
  auto index = static_cast<std::uint32_t>(entries_.size());
  count_child(*inode, true);
  entries_.push_back({std::string(name), std::move(inode), next_cookie_++, hash, bucket});
  bucket = index;
  ++live_;
  attributes.size += kEntryBytes;
}

void TmpDirectory::erase(std::uint32_t index) {
  Entry& entry = entries_[index];
  std::uint32_t* link = &buckets_[entry.hash & (buckets_.size() - 1)];
  while (*link != index) link = &entries_[*link].next;
  *link = entry.next;
  Ref<Inode> inode = std::exchange(entry.inode, nullptr);
  entry.name.clear();
  count_child(*inode, false);
  --live_;
  attributes.size -= kEntryBytes;
  // The last ones go at once: create and unlink in turn must not grow it.
  while (!entries_.empty() && !entries_.back().inode) entries_.pop_back();
}

void TmpDirectory::count_child(const Inode& child, bool added) {
  if (child.directory()) attributes.links += added ? 1 : ~std::uint32_t{0};
}

void TmpDirectory::changed() { attributes.modified = attributes.changed = current_time(); }

Result<Ref<Inode>> TmpDirectory::lookup(std::string_view name) {
  std::uint32_t index = find(name);
  if (index == kNoEntry) return fail(Errno::enoent);
  return entries_[index].inode;
}

Result<void> TmpDirectory::adopt(std::string_view name, Ref<Inode> inode) {
  if (find(name) != kNoEntry) return fail(Errno::eexist);
  insert(name, std::move(inode));
  return {};
}

Result<Ref<Inode>> TmpDirectory::create(std::string_view name, std::uint32_t mode, std::uint64_t rdev) {
  if (find(name) != kNoEntry) return fail(Errno::eexist);
  TRY(tmpfs().check_inodes());
  Ref<Inode> made;
  switch (mode & kTypeMask) {
    case kRegular: made = make_ref<TmpFile>(tmpfs(), mode, 0U, 0U); break;
    case kDirectory: made = make_ref<TmpDirectory>(tmpfs(), mode, 0U, 0U); break;
    default: made = make_ref<TmpInode>(tmpfs(), mode, 0U, 0U); break;
  }
  own_new(*this, made->attributes);
  made->attributes.rdev = rdev;
  insert(name, made);
  changed();
  return made;
}

Result<Ref<Inode>> TmpDirectory::create_unnamed(std::uint32_t mode) {
  TRY(tmpfs().check_inodes());
  Ref<Inode> made = make_ref<TmpFile>(tmpfs(), mode, 0U, 0U);
  own_new(*this, made->attributes);
  made->attributes.links = 0;
  return made;
}

Result<Ref<Inode>> TmpDirectory::symlink(std::string_view name, std::string_view target) {
  if (find(name) != kNoEntry) return fail(Errno::eexist);
  TRY(tmpfs().check_inodes());
  Ref<Inode> made = make_ref<TmpLink>(tmpfs(), target, 0U, 0U);
  own_new(*this, made->attributes);
  insert(name, made);
  changed();
  return made;
}

Result<void> TmpDirectory::link(std::string_view name, Inode& target) {
  if (find(name) != kNoEntry) return fail(Errno::eexist);
  ++target.attributes.links;
  target.attributes.changed = current_time();
  insert(name, Ref<Inode>(&target));
  changed();
  return {};
}

Result<void> TmpDirectory::unlink(std::string_view name, Inode& target, bool directory) {
  std::uint32_t index = find(name);
  if (index == kNoEntry) return fail(Errno::enoent);
  if (directory) {
    if (!target.directory()) return fail(Errno::enotdir);
    if (static_cast<TmpDirectory&>(target).live_ != 0) return fail(Errno::enotempty);
    target.attributes.links = 0;
  } else {
    if (target.directory()) return fail(Errno::eisdir);
    --target.attributes.links;
  }
  target.attributes.changed = current_time();
  erase(index);
  changed();
  return {};
}

Result<void> TmpDirectory::check_replace(const Inode& source, const Inode& target) const {
  if (source.directory()) {
    if (!target.directory()) return fail(Errno::enotdir);
    if (static_cast<const TmpDirectory&>(target).live_ != 0) return fail(Errno::enotempty);
  } else if (target.directory()) {
    return fail(Errno::eisdir);
  }
  return {};
}

Result<void> TmpDirectory::rename(std::string_view name, Inode& what, Inode& to, std::string_view to_name, Inode* replaced,
                                  std::uint32_t flags) {
  auto& directory = static_cast<TmpDirectory&>(to);
  const Ref<Inode> moved(&what);
  std::uint32_t source = find(name);
  if (source == kNoEntry) return fail(Errno::enoent);
  std::uint32_t target = directory.find(to_name);
  Timespec now = current_time();
  if ((flags & kRenameExchange) != 0) {
    if (target == kNoEntry) return fail(Errno::enoent);
    Ref<Inode> other = directory.entries_[target].inode;
    std::swap(entries_[source].inode, directory.entries_[target].inode);
    count_child(*moved, false);
    count_child(*other, true);
    directory.count_child(*other, false);
    directory.count_child(*moved, true);
    other->attributes.changed = now;
  } else {
    if (target != kNoEntry) {
      if ((flags & kRenameNoReplace) != 0) return fail(Errno::eexist);
      if (replaced == moved.get()) return {};  // two names of one file: nothing happens
      TRY(check_replace(*moved, *replaced));
      replaced->attributes.links = replaced->directory() ? 0 : replaced->attributes.links - 1;
      replaced->attributes.changed = now;
      directory.erase(target);
      source = find(name);  // the same, unless the array was repacked
    }
    erase(source);
    directory.insert(to_name, moved);
  }
  moved->attributes.changed = now;
  changed();
  if (&directory != this) directory.changed();
  return {};
}

Result<void> TmpDirectory::read_directory(std::uint64_t& position, DirectorySink& sink) {
  auto place = std::ranges::lower_bound(entries_, position, {}, &Entry::cookie);
  for (; place != entries_.end(); ++place) {
    if (!place->inode) continue;
    if (!sink.add({place->name, place->inode->number(), place->inode->type(), place->cookie + 1})) return {};
    position = place->cookie + 1;
  }
  return {};
}

}  // namespace tessera::lx
