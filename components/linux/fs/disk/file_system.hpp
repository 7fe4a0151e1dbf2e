// SPDX-License-Identifier: Apache-2.0
// A file system on a disk, as the personality mounts it. Its inodes are known by number, one object
// each; those with something to write back are held until that is done.
#pragma once

#include <deque>
#include <map>

#include "components/linux/fs/disk/volume.hpp"
#include "components/linux/fs/file_system.hpp"

namespace tessera::lx {

class DiskInode;

class DiskFileSystem final : public FileSystem {
 public:
  DiskFileSystem(Volume volume, const wire::Mounted& mounted, const wire::Space& space);
  ~DiskFileSystem() override;

  [[nodiscard]] FileSystemFacts facts() override;
  [[nodiscard]] std::string options() const override;
  Result<void> sync(Hold hold) override;

  [[nodiscard]] Volume& volume() { return volume_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  // FAT: no links, owners, devices or extended attributes, next to no modes, small files, and numbers of inodes that
  // change with their names.
  [[nodiscard]] bool fat() const { return fat_; }
  [[nodiscard]] std::uint64_t most_file_bytes() const { return fat_ ? 0xffff'ffff : std::uint64_t{1} << 62; }
  // The inode has this name now: the server may know it by another number.
  void look_up_again(DiskInode& inode, const DiskInode& directory, std::string_view name);
  // The object for the inode with these attributes, made when there is none.
  Result<Ref<DiskInode>> inode(const wire::Attributes& attributes);
  Result<Ref<DiskInode>> root();
  void forget(DiskInode& inode);

  // The inode has something to write back.
  void hold(DiskInode& inode);
  // Writes back what is dirty of all inodes; the disk may still have it in a cache of its own. The first error.
  Result<void> write_back(Hold hold);
  // A page that has no place yet is to be dirty. ENOSPC.
  Result<void> reserve_page();
  void unreserve_page() { --reserved_; }
  // The server was told data or a size, which need not be durable yet.
  void told_server() { ++times_told_; }
  // Pages got their places on the disk.
  void pages_placed(std::uint64_t count);

 private:
  Result<void> measure();
  [[nodiscard]] std::uint64_t free_pages() const;
  Result<void> sync_once(Hold hold);
  // Some was told to a server that is gone.
  bool hold_doubted();

  Volume volume_;
  std::uint64_t root_;
  bool read_only_;
  bool fat_;
  wire::Space space_;
  std::uint64_t reserved_ = 0;  // dirty pages without a place
  std::uint64_t placed_ = 0;    // since the space was measured
  std::uint64_t times_told_ = 0;
  std::map<std::uint64_t, DiskInode*> inodes_;
  std::deque<Ref<DiskInode>> held_;
};

// It is no longer there to be mounted again.
void forget_file_system(const DiskFileSystem& file_system);

}  // namespace tessera::lx
