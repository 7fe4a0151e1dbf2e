// SPDX-License-Identifier: Apache-2.0
// What the pages of a mapping come from when they are not just zero: the page
// cache of an inode, or memory shared between processes.
#pragma once

#include <cstdint>
#include <string>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/frames.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/file_pages.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

class File;
class SharedSegment;

class Backing : public RefCounted {
 public:
  // The frame of page `index`, with a reference for the caller. `for_write`: it
  // will be written to in place. EFAULT behind the end (SIGBUS).
  virtual Result<Frame> page(std::uint64_t index, bool for_write) = 0;
  // The same for pages that are there already: ENOENT for one that would have to be made.
  virtual Result<Frame> cached_page(std::uint64_t index, bool for_write) { return page(index, for_write); }
  // Whether cached_page of no write changes nothing, so that several may ask at once.
  [[nodiscard]] virtual bool looks_up_only() const { return false; }
  // Whether pages that were only read must not be mapped writable.
  [[nodiscard]] virtual bool tracks_writes() const { return false; }
  // Whether asking for pages that nobody touched yet is free of charge.
  [[nodiscard]] virtual bool fault_around() const = 0;
  // Whether the page has its frame already (mincore).
  [[nodiscard]] virtual bool cached(std::uint64_t) { return true; }
  // Brings the page in, with the big lock given up, where that is how it comes: for who then asks again.
  virtual void prepare(std::uint64_t) {}
  // Whether it may be told to the caller what others brought into memory.
  [[nodiscard]] virtual bool tells_residence() const { return true; }
  // MADV_REMOVE: the pages [first, end) read as zero from now on, for all.
  virtual Result<void> remove_pages(std::uint64_t, std::uint64_t) { return fail(Errno::einval); }
  // Names the object for shared futexes: equal for every mapping of it.
  [[nodiscard]] virtual const void* identity() const = 0;
  // Whether neighbours of the two may become one area.
  [[nodiscard]] virtual bool same_pages_as(const Backing& other) const { return this == &other; }
  [[nodiscard]] virtual Inode* inode() const { return nullptr; }
  [[nodiscard]] virtual const File* file() const { return nullptr; }
  [[nodiscard]] virtual SharedSegment* segment() { return nullptr; }  // of System V
  // For /proc/PID/maps, as seen from the reader's root.
  [[nodiscard]] virtual std::string path() const { return {}; }
};

// Memory of MAP_SHARED | MAP_ANONYMOUS.
class SharedMemory final : public Backing {
 public:
  explicit SharedMemory(std::uint64_t page_count) : page_count_(page_count) {}
  Result<Frame> page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool fault_around() const override { return false; }
  [[nodiscard]] bool cached(std::uint64_t index) override;
  Result<void> remove_pages(std::uint64_t first, std::uint64_t end) override;
  // The same, of what is mapped as `object`.
  void remove_pages_of(const void* object, std::uint64_t first, std::uint64_t end);
  [[nodiscard]] const void* identity() const override { return this; }
  [[nodiscard]] std::string path() const override { return "/dev/zero (deleted)"; }
  [[nodiscard]] std::uint64_t resident_pages() const { return pages_.count(); }

 private:
  std::uint64_t page_count_;
  FilePages pages_;
};

// A mapped file. The open file description stays open with the mapping.
class MappedFile final : public Backing {
 public:
  MappedFile(Ref<Inode> inode, Ref<File> file, Path path);
  ~MappedFile() override;
  Result<Frame> page(std::uint64_t index, bool for_write) override;
  Result<Frame> cached_page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool looks_up_only() const override;
  [[nodiscard]] bool tracks_writes() const override;
  [[nodiscard]] bool fault_around() const override { return true; }
  [[nodiscard]] bool cached(std::uint64_t index) override;
  void prepare(std::uint64_t index) override;
  [[nodiscard]] bool tells_residence() const override;
  Result<void> remove_pages(std::uint64_t first, std::uint64_t end) override;
  [[nodiscard]] const void* identity() const override;
  [[nodiscard]] bool same_pages_as(const Backing& other) const override {
    return this == &other || (file_ && other.file() == file_.get());
  }
  [[nodiscard]] Inode* inode() const override { return inode_.get(); }
  [[nodiscard]] const File* file() const override { return file_.get(); }
  [[nodiscard]] std::string path() const override;

 private:
  Ref<Inode> inode_;
  Ref<File> file_;
  Path path_;
};

}  // namespace tessera::lx
