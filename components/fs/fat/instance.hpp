// SPDX-License-Identifier: Apache-2.0
// The FileSystem over a volume.
#pragma once

#include "components/fs/fat/directory.hpp"
#include "components/fs/file_system.hpp"

namespace tessera::fs::fat {

class Instance final : public FileSystem {
 public:
  explicit Instance(std::unique_ptr<Volume> of) : volume_(std::move(of)) {}

  [[nodiscard]] InodeNumber root() const override { return kRootNumber; }
  [[nodiscard]] bool read_only() const override { return volume_->read_only; }
  Io<Space> space() override;
  Io<Attributes> attributes(InodeNumber inode) override;
  Io<Attributes> change_attributes(InodeNumber inode, const AttributeChange& change) override;
  Io<Attributes> lookup(InodeNumber directory, std::string_view name) override;
  Io<Attributes> create(InodeNumber directory, std::string_view name, const NewInode& what) override;
  Io<> link(InodeNumber inode, InodeNumber directory, std::string_view name, Time now) override;
  Io<Attributes> unlink(InodeNumber directory, std::string_view name, bool is_directory, Time now) override;
  Io<> rename(InodeNumber from, std::string_view name, InodeNumber to, std::string_view to_name, std::uint32_t flags, Time now) override;
  Io<std::uint64_t> read_directory(InodeNumber directory, std::uint64_t position, DirectorySink& sink) override;
  Io<std::size_t> read_link(InodeNumber inode, std::span<std::byte> to) override;
  Io<std::size_t> read(InodeNumber inode, std::uint64_t offset, Pieces to) override;
  Io<> write(InodeNumber inode, std::uint64_t offset, Pieces from, std::uint64_t size, Time now) override;
  Io<> allocate(InodeNumber inode, std::uint32_t flags, std::uint64_t offset, std::uint64_t bytes, Time now) override;
  Io<std::uint64_t> seek(InodeNumber inode, std::uint64_t offset, bool hole) override;
  Io<std::size_t> get_extended(InodeNumber inode, std::string_view name, std::span<std::byte> to) override;
  Io<std::size_t> list_extended(InodeNumber inode, std::span<std::byte> to) override;
  Io<> set_extended(InodeNumber inode, std::string_view name, std::span<const std::byte> value, std::uint32_t flags, Time now) override;
  Io<> remove_extended(InodeNumber inode, std::string_view name, Time now) override;
  Io<> keep(InodeNumber inode) override;
  Io<> let_go(InodeNumber inode) override;
  Io<> sync(InodeNumber inode, bool data_only) override;
  Io<> unmount() override;

 private:
  std::unique_ptr<Volume> volume_;
};

// As stat has them; of a directory its parts are counted, once.
Io<Attributes> attributes_of(Volume& volume, Node& node);
// The file's clusters are free from the next commit on, and nobody knows it any more.
Io<> free_orphan(Volume& volume, const NodeRef& node);
// A change that met something that makes no sense: nothing is written any more but what was done before.
void note_failure(Volume& volume, Error error);

}  // namespace tessera::fs::fat
