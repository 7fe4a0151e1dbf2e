// SPDX-License-Identifier: Apache-2.0
// What the pages of a mapping come from when they are not just zero: the page
// cache of an inode, or memory shared between processes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/frames.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

class File;
class SharedSegment;

class Backing : public RefCounted {
 public:
  // The frame of page `index`, with a reference for the caller. `for_write`: it
  // will be written to in place. EFAULT behind the end (SIGBUS).
  virtual Result<Frame> page(std::uint64_t index, bool for_write) = 0;
  // Whether asking for pages that nobody touched yet is free of charge.
  [[nodiscard]] virtual bool fault_around() const = 0;
  // Names the object for shared futexes: equal for every mapping of it.
  [[nodiscard]] virtual const void* identity() const = 0;
  [[nodiscard]] virtual Inode* inode() const { return nullptr; }
  [[nodiscard]] virtual SharedSegment* segment() { return nullptr; }  // of System V
  // For /proc/PID/maps, as seen from the reader's root.
  [[nodiscard]] virtual std::string path() const { return {}; }
};

// Memory of MAP_SHARED | MAP_ANONYMOUS.
class SharedMemory final : public Backing {
 public:
  explicit SharedMemory(std::uint64_t page_count) : page_count_(page_count) {}
  ~SharedMemory() override;
  Result<Frame> page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool fault_around() const override { return false; }
  [[nodiscard]] const void* identity() const override { return this; }
  [[nodiscard]] std::string path() const override { return "/dev/zero (deleted)"; }
  [[nodiscard]] std::uint64_t resident_pages() const;

 private:
  std::uint64_t page_count_;
  std::vector<Frame> pages_;  // grows to the highest page touched
};

// A mapped file. The open file description stays open with the mapping.
class MappedFile final : public Backing {
 public:
  MappedFile(Ref<Inode> inode, Ref<File> file, Path path);
  ~MappedFile() override;
  Result<Frame> page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool fault_around() const override { return true; }
  [[nodiscard]] const void* identity() const override;
  [[nodiscard]] Inode* inode() const override { return inode_.get(); }
  [[nodiscard]] std::string path() const override;

 private:
  Ref<Inode> inode_;
  Ref<File> file_;
  Path path_;
};

}  // namespace tessera::lx
