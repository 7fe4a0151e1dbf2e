// SPDX-License-Identifier: Apache-2.0
// Data of one file on its way from the disk or to it: requests that are under way at a time. Who began
// it waits for it, perhaps without the big lock; everybody else who comes upon it does the same, with
// the lock or without, and the first who finds all of it answered lands it. So nobody ever needs the
// thread that began it, which may be waiting for the lock.
//
// While it is in the air its pages stay in memory, its file stays, and whoever wants to take pages away
// or move the file's end lets it land first.
#pragma once

#include <list>
#include <vector>

#include "components/linux/core/linked_list.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/disk/server.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

class DiskFile;

class DiskFlight final : public RefCounted {
 public:
  // `read`: pages that nobody has yet; `written`: those of the cache; `direct`: neither, memory of who asked.
  enum class Kind : std::uint8_t { read, written, direct };
  struct Request {
    Transfer transfer;
    DiskServer::Room room;  // of its list of pieces
    std::uint64_t first = 0;  // page of the file
    std::vector<Frame> frames;  // each with a reference
  };

  // Begins: from now on the file knows of it. A `read` brings the pages [first, end).
  DiskFlight(DiskFile& file, Kind kind, std::uint64_t first = 0, std::uint64_t end = 0);
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool brings(std::uint64_t page) const { return page >= first_ && page < end_; }
  // The first page that it brings from `page` on; ~0: none.
  [[nodiscard]] std::uint64_t next_brought(std::uint64_t page) const {
    return page >= end_ ? ~std::uint64_t{0} : page < first_ ? first_ : page;
  }

  // Room for one more request; nothing else changes. It goes with the flight.
  Request& add();
  [[nodiscard]] const std::list<Request>& requests() const { return requests_; }
  // Waits until it has landed; its error.
  Result<void> settle(Hold hold);

  // Whether so many more requests have no room for their lists of pieces; lets others land until they have.
  [[nodiscard]] static bool full(std::size_t requests);
  static void make_way(std::size_t requests, Hold hold);
  // Those of files of this file system that are written, begun up to now.
  static void settle_written_of(const FileSystem& file_system, Hold hold);
  // Of all, the one that began first; null: there is none.
  [[nodiscard]] static Ref<DiskFlight> oldest();

  // Of the pages that are written: so many had no place on the disk before.
  std::uint64_t unplaced = 0;
  std::uint64_t size = 0;  // of the file, as it was told with them
  Timespec changed;

  ListLinks<DiskFlight> in_file, in_air;  // the file's list, and that of all

 private:
  ~DiskFlight() override = default;

  Ref<DiskFile> file_;  // null: landed
  Kind kind_;
  std::uint64_t first_, end_;
  std::list<Request> requests_;
  Result<void> outcome_;
};

}  // namespace tessera::lx
