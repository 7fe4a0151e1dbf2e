// SPDX-License-Identifier: Apache-2.0
// A file system in memory: the root (filled from the bundle), /dev, /tmp, memfd.
// Contents live in page-cache frames, names and inodes on the heap; both are
// limited, and a full one answers ENOSPC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "components/linux/fs/extended_attributes.hpp"
#include "components/linux/fs/file_pages.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/fs/seals.hpp"

namespace tessera::lx {

class TmpFs final : public FileSystem {
 public:
  static constexpr std::uint64_t kMagic = 0x01021994;
  // `type`: "tmpfs" or "devtmpfs". Limits of 0: half of the memory.
  explicit TmpFs(std::string_view type = "tmpfs", std::uint64_t most_pages = 0, std::uint64_t most_inodes = 0);

  [[nodiscard]] FileSystemFacts facts() override;
  [[nodiscard]] std::string options() const override;
  std::uint64_t next_number() { return ++last_number_; }
  // ENOSPC when it is full. What is charged is given back by its inode.
  Result<void> charge_pages(std::uint64_t count);
  void uncharge_pages(std::uint64_t count);
  // Bytes of extended attributes; they take whole pages of the file system together. ENOSPC.
  Result<void> change_attribute_bytes(std::uint64_t added, std::uint64_t removed);
  [[nodiscard]] std::uint64_t free_pages() const { return most_pages_ - used_pages_; }
  [[nodiscard]] std::uint64_t used_pages() const { return used_pages_; }
  Result<void> check_inodes() const { return used_inodes_ < most_inodes_ ? Result<void>{} : fail(Errno::enospc); }
  void count_inode(bool made) { used_inodes_ += made ? 1 : ~std::uint64_t{0}; }

 private:
  std::uint64_t most_pages_, most_inodes_;
  bool inodes_chosen_;  // shown as a mount option
  std::uint64_t used_pages_ = 0, used_inodes_ = 0, last_number_ = 0, attribute_bytes_ = 0;
};

// Common part of its inodes: also fifos, sockets and device nodes as they are.
class TmpInode : public Inode {
 public:
  TmpInode(TmpFs& file_system, std::uint32_t mode, std::uint32_t uid, std::uint32_t gid);
  ~TmpInode() override;
  [[nodiscard]] TmpFs& tmpfs() const { return tmpfs_; }

  [[nodiscard]] bool keeps_extended_attributes() const override { return true; }
  Result<const ExtendedAttributes*> extended_attributes() override { return extended_.get(); }
  Result<void> set_extended_attribute(std::string_view name, std::span<const std::byte> value,
                                      std::uint32_t flags) override;
  Result<void> remove_extended_attribute(std::string_view name) override;

 private:
  TmpFs& tmpfs_;  // the base keeps it alive
  std::unique_ptr<ExtendedAttributes> extended_;
};

class TmpFile final : public TmpInode {
 public:
  using TmpInode::TmpInode;
  ~TmpFile() override;
  // Contents in the bundle's root data; `offset` was checked.
  void set_bundle(std::uint64_t offset, std::uint64_t bytes);

  Result<std::size_t> read_at(IoBuffer& to, std::uint64_t offset) override;
  Result<std::size_t> write_at(IoBuffer& from, std::uint64_t offset) override;
  Result<void> truncate(std::uint64_t size) override;
  Result<void> allocate(std::uint32_t mode, std::uint64_t offset, std::uint64_t bytes) override;
  Result<std::uint64_t> seek_data(std::uint64_t offset, bool hole) override;
  Result<Frame> page(std::uint64_t index, bool for_write) override;
  Result<Frame> cached_page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool looks_up_only() const override { return true; }
  [[nodiscard]] bool page_cached(std::uint64_t index) override;
  [[nodiscard]] std::uint32_t* seals() override { return &seals_; }
  [[nodiscard]] std::uint64_t blocks() const override { return pages_.count() * (kPageBytes / 512) + bundle_blocks_; }

 private:
  Result<Frame> writable_page(std::uint64_t index, bool& fresh);
  Result<Frame> zeroed_page(std::uint64_t index);
  void give_back(std::uint64_t before);
  Result<void> clear_tail(std::uint64_t new_size);
  Result<void> zero_within(std::uint64_t start, std::uint64_t end);
  Result<void> zero_range(std::uint64_t start, std::uint64_t end);

  Result<void> check_not_sealed(std::uint32_t seals) const;

  FilePages pages_;
  std::uint64_t bundle_blocks_ = 0;
  std::uint32_t seals_ = kSealSeal;  // memfd_create may take it off
};

class TmpLink final : public TmpInode {
 public:
  TmpLink(TmpFs& file_system, std::string_view target, std::uint32_t uid, std::uint32_t gid);
  Result<std::string> read_link() override { return target_; }

 private:
  std::string target_;
};

class TmpDirectory final : public TmpInode {
 public:
  TmpDirectory(TmpFs& file_system, std::uint32_t mode, std::uint32_t uid, std::uint32_t gid);
  ~TmpDirectory() override;

  Result<Ref<Inode>> lookup(std::string_view name) override;
  Result<Ref<Inode>> create(std::string_view name, std::uint32_t mode, std::uint64_t rdev) override;
  Result<Ref<Inode>> symlink(std::string_view name, std::string_view target) override;
  Result<void> link(std::string_view name, Inode& target) override;
  Result<void> unlink(std::string_view name, Inode& target, bool directory) override;
  Result<void> rename(std::string_view name, Inode& moved, Inode& to_directory, std::string_view to_name,
                      Inode* replaced, std::uint32_t flags) override;
  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override;
  Result<Ref<Inode>> create_unnamed(std::uint32_t mode) override;

  // Enters an inode that nobody else names yet (the loader, /dev). EEXIST.
  Result<void> adopt(std::string_view name, Ref<Inode> inode);
  [[nodiscard]] std::size_t entries() const { return live_; }

 private:
  static constexpr std::uint32_t kNoEntry = ~std::uint32_t{0};
  static constexpr std::uint64_t kEntryBytes = 20;  // what Linux's tmpfs counts an entry with
  struct Entry {
    std::string name;
    Ref<Inode> inode;  // null: removed
    std::uint64_t cookie = 0;
    std::uint32_t hash = 0, next = kNoEntry;
  };

  [[nodiscard]] std::uint32_t find(std::string_view name, std::uint32_t hash) const;
  [[nodiscard]] std::uint32_t find(std::string_view name) const;
  void insert(std::string_view name, Ref<Inode> inode);
  void erase(std::uint32_t index);
  void rebuild(std::size_t buckets);
  void changed();
  void count_child(const Inode& child, bool added);
  Result<void> check_replace(const Inode& source, const Inode& target) const;

  // In the order of their cookies, which getdents hands out as positions: they
  // stay valid however the directory changes meanwhile.
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> buckets_;
  std::size_t live_ = 0;
  std::uint64_t next_cookie_ = kFirstDirectoryPosition;
};

// A new file system's root directory.
Ref<TmpDirectory> make_tmpfs(std::string_view type = "tmpfs", std::uint32_t mode = 01777,
                             std::uint64_t most_pages = 0, std::uint64_t most_inodes = 0);
// Pages that all of them hold: "Shmem" of /proc/meminfo.
std::uint64_t tmpfs_pages();

}  // namespace tessera::lx
