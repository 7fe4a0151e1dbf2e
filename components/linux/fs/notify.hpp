// SPDX-License-Identifier: Apache-2.0
// Who watches an inode is told what happens to it, and to the names in it: what
// inotify is made of. A watch does not keep its inode: the end of the inode is
// an event, too. Costs one test while nothing is watched.
#pragma once

#include <cstdint>
#include <string_view>


namespace tessera::lx {

// IN_* of Linux.
inline constexpr std::uint32_t kNotifyAccess = 1, kNotifyModify = 2, kNotifyAttributes = 4, kNotifyCloseWrite = 8,
                               kNotifyCloseOther = 0x10, kNotifyOpen = 0x20, kNotifyMovedFrom = 0x40,
                               kNotifyMovedTo = 0x80, kNotifyCreate = 0x100, kNotifyDelete = 0x200,
                               kNotifyDeleteSelf = 0x400, kNotifyMoveSelf = 0x800, kNotifyUnmount = 0x2000,
                               kNotifyDirectory = 0x40000000;

class File;
class Inode;
struct Path;

class InodeWatch {
 public:
  // `name`: of the entry it happened to, in the directory that is watched. `unlinked`: that name is gone already.
  virtual void event(std::uint32_t mask, std::string_view name, std::uint32_t cookie, bool unlinked) = 0;
  // The last event; the watch is off the inode.
  virtual void inode_ends(std::uint32_t mask) = 0;
  [[nodiscard]] InodeWatch* next() const { return next_; }
  // Whose it is, to find one's own.
  [[nodiscard]] virtual const void* owner() const = 0;

 protected:
  InodeWatch() = default;
  ~InodeWatch() = default;

 private:
  friend class InodeWatches;
  InodeWatch* next_ = nullptr;
};

// The list that an inode has.
class InodeWatches {
 public:
  void add(InodeWatch& watch);
  void remove(InodeWatch& watch);
  [[nodiscard]] InodeWatch* first() const { return first_; }
  void tell(std::uint32_t mask, std::string_view name, std::uint32_t cookie, bool unlinked) const;
  void end(std::uint32_t mask);
  // There is a watch on some inode.
  [[nodiscard]] static bool any() { return count_ != 0; }

 private:
  static std::uint64_t count_;
  InodeWatch* first_ = nullptr;
};

// Something happened to what the path names: told to it and to its directory.
void notify(const Path& path, std::uint32_t mask);
void notify(const File& file, std::uint32_t mask);
// To the inode alone.
void notify_inode(Inode& inode, std::uint32_t mask);
// To a name in a directory; `directory_entry`: it names a directory.
void notify_name(Inode& directory, std::uint32_t mask, std::string_view name, bool directory_entry,
                 std::uint32_t cookie = 0);
// Names the two events of one rename.
std::uint32_t next_rename_cookie();

}  // namespace tessera::lx
