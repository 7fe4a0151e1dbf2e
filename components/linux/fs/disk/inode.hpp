// SPDX-License-Identifier: Apache-2.0
// Inodes of file systems on disks. Attributes that programs change are told to the server when the
// inode is written back.
#pragma once

#include <memory>
#include <set>

#include "components/linux/fs/disk/file_system.hpp"
#include "components/linux/fs/extended_attributes.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

// Common part; also fifos, sockets and device nodes as they are.
class DiskInode : public Inode {
 public:
  DiskInode(DiskFileSystem& file_system, const wire::Attributes& attributes);
  ~DiskInode() override;

  void refresh() override;
  void attributes_changed() override;
  Result<void> sync(bool data_only, Hold hold) override;
  [[nodiscard]] std::uint64_t blocks() const override { return blocks_; }

  Result<std::uint32_t> kept_mode(std::uint32_t mode) override;
  [[nodiscard]] bool keeps_owners() const override { return !disk_.fat(); }
  [[nodiscard]] bool keeps_extended_attributes() const override { return !disk_.fat(); }
  Result<const ExtendedAttributes*> extended_attributes() override;
  Result<void> set_extended_attribute(std::string_view name, std::span<const std::byte> value, std::uint32_t flags) override;
  Result<void> remove_extended_attribute(std::string_view name) override;

  // What is dirty of it goes to the server.
  virtual Result<void> write_back(Hold) { return write_attributes(); }
  // It has something to write back, more than attributes.
  [[nodiscard]] virtual bool dirty() const { return false; }
  // Nothing of it is under way to the disk or from it.
  virtual void settle_all() {}
  // The server told its attributes anew; what was changed here and not told it yet stays.
  void take(const wire::Attributes& attributes);
  // The server has changed more than was told.
  void set_stale() { stale_ = true; }
  // A name of it is about to go, and it is to be kept: it is the last one, it is in use, and the server does not
  // keep it yet.
  [[nodiscard]] bool wants_keep() const;
  // A name has gone, so many are left.
  void unlinked(std::uint32_t links);
  // These are attributes of this inode, not of another one that has its number now.
  [[nodiscard]] bool is(const wire::Attributes& attributes) const;
  // The number is another inode's now: nobody gets at that one by this one.
  void lost_number();
  // The server knows it by this number from now on.
  void take_number(std::uint64_t number) { set_number(number); }
  // The server keeps it already.
  void was_kept() {
    kept_ = true;
    kept_session_ = volume().server().sessions();
  }
  // It has something to write back.
  void hold();
  // A server was told some of it that need not be durable yet.
  [[nodiscard]] bool trusting() const { return trusted_session_ != 0; }
  // That server is gone, and may have taken it along: what is known here is right, and goes to the next one when it is
  // written back.
  [[nodiscard]] bool doubts() const { return trusted_session_ != 0 && trusted_session_ != volume().server().sessions(); }
  // All that a server was told of it is.
  virtual void is_durable() { trusted_session_ = 0; }
  // It is no longer among those that are held for writing back.
  void let_loose() { held_ = false; }
  [[nodiscard]] bool held() const { return held_; }

 protected:
  [[nodiscard]] DiskFileSystem& disk() const { return disk_; }
  [[nodiscard]] Volume& volume() const { return disk_.volume(); }
  Result<void> write_attributes();
  Result<void> change_now(const wire::AttributeChange& change);
  // Size and times that the server has now, because a request told it.
  void server_has(std::uint64_t size, Timespec changed);
  // The server of this session has data or a size of it, which need not be durable yet.
  void trusts(std::uint64_t session);
  // Attributes that the server has, as it tells them; what is known here stays.
  void compare_with(const wire::Attributes& attributes);
  // The server has forgotten it.
  [[nodiscard]] bool gone() const { return gone_; }
  [[nodiscard]] std::uint64_t server_size() const { return server_.size; }

 private:
  DiskFileSystem& disk_;  // the base keeps it alive
  Attributes server_;     // as the server has them
  std::uint64_t blocks_ = 0;
  std::uint32_t generation_;
  std::unique_ptr<ExtendedAttributes> extended_;
  std::uint64_t kept_session_ = 0;
  std::uint64_t trusted_session_ = 0;  // 0: all that was told is durable
  bool stale_ = false, held_ = false, kept_ = false, gone_ = false;
};

class DiskSymlink final : public DiskInode {
 public:
  using DiskInode::DiskInode;
  Result<std::string> read_link() override;

 private:
  std::string target_;  // empty: not read yet
};

class DiskDirectory final : public DiskInode {
 public:
  using DiskInode::DiskInode;

  Result<Ref<Inode>> lookup(std::string_view name) override;
  Result<Ref<Inode>> create(std::string_view name, std::uint32_t mode, std::uint64_t rdev) override;
  Result<Ref<Inode>> symlink(std::string_view name, std::string_view target) override;
  Result<void> link(std::string_view name, Inode& target) override;
  Result<void> unlink(std::string_view name, Inode& target, bool directory) override;
  Result<void> rename(std::string_view name, Inode& moved, Inode& to_directory, std::string_view to_name, Inode* replaced,
                      std::uint32_t flags) override;
  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override;
  Result<Ref<Inode>> create_unnamed(std::uint32_t mode) override;

 private:
  static constexpr std::size_t kMostKnown = 32768;

  // The directory is new and empty: from now on it is known which names are not in it.
  void begin_to_know();
  [[nodiscard]] bool knows() const { return knows_ && session_ == volume().server().sessions(); }
  [[nodiscard]] bool surely_lacks(std::string_view name) const;
  [[nodiscard]] std::uint32_t hash_of(std::string_view name) const;
  void added(std::string_view name);
  void removed(std::string_view name);

  Result<Ref<DiskInode>> make(std::string_view name, std::uint32_t mode, std::uint64_t rdev, std::string_view target);

  std::multiset<std::uint32_t> hashes_;  // of all its names, while knows()
  std::uint64_t session_ = 0;            // a server that was restarted may have lost some
  bool knows_ = false;
};

}  // namespace tessera::lx
