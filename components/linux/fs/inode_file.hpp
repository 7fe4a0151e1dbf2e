// SPDX-License-Identifier: Apache-2.0
// Open regular files and directories: a position over an inode.
#pragma once

#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class RegularFile : public File {
 public:
  RegularFile(Ref<Inode> inode, std::uint32_t flags);
  ~RegularFile() override;
  Result<std::size_t> read(IoBuffer& to, std::uint64_t& position) override;
  Result<std::size_t> write(IoBuffer& from, std::uint64_t& position) override;
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t offset, int whence) override;
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override;
  [[nodiscard]] Ref<Inode> inode() const override { return inode_; }

 private:
  Result<std::size_t> read_direct(IoBuffer& to, std::uint64_t& position);
  Result<std::size_t> write_direct(IoBuffer& from, std::uint64_t& position);
  // Before the bytes are read or written: waits for what they will wait for, without the big lock.
  void prepare(const IoBuffer& buffer, std::uint64_t at, bool write);
  [[nodiscard]] bool past_cache() const;
  Ref<Inode> inode_;
  bool on_disk_;  // which reads and writes may wait for
};

class DirectoryFile : public File {
 public:
  DirectoryFile(Ref<Inode> inode, std::uint32_t flags) : File(flags), inode_(std::move(inode)) {}
  Result<std::size_t> read(IoBuffer& to, std::uint64_t& position) override;
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t offset, int whence) override;
  Result<void> read_directory(DirectorySink& sink) override;
  [[nodiscard]] Ref<Inode> inode() const override { return inode_; }

 private:
  Ref<Inode> inode_;
};

// An O_PATH descriptor: a name and nothing else.
class PathFile : public File {
 public:
  PathFile() : File(kOpenPath) {}
};

// Relative access times: set when older than the last change or than a day.
void touch_accessed(Inode& inode, const File& file);
// After a change of the contents.
void touch_modified(Inode& inode);
// Linux takes set-user-ID away from a file that somebody else than root writes to.
void drop_set_id(Inode& inode);

// RLIMIT_FSIZE: how many bytes may be written at `position`. At the limit and
// behind it: SIGXFSZ and EFBIG.
Result<std::uint64_t> room_to_grow(std::uint64_t position);
// The same for a file that is to get `size` at once (truncate, fallocate).
Result<void> check_new_size(const Inode& inode, std::uint64_t size);

// Position arithmetic of lseek for SEEK_SET, SEEK_CUR, SEEK_END. EINVAL, EOVERFLOW.
Result<std::uint64_t> seek_position(std::uint64_t current, std::uint64_t end, std::int64_t offset, int whence);

}  // namespace tessera::lx
