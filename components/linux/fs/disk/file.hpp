// SPDX-License-Identifier: Apache-2.0
// A regular file on a disk: its pages in the cache, filled ahead of who reads one after the other, and
// written back later, on fsync, or when too many are dirty.
//
// Only what says so (Hold) gives up the big lock. Each call is one step to all others but for that; what may
// have changed then is looked at anew, and what is in the air is known (flight.hpp).
#pragma once

#include <vector>

#include "components/linux/fs/disk/flight.hpp"
#include "components/linux/fs/disk/inode.hpp"
#include "components/linux/fs/disk/page_index.hpp"

namespace tessera::lx {

class DiskFile final : public DiskInode {
 public:
  using DiskInode::DiskInode;
  ~DiskFile() override;

  Result<std::size_t> read_at(IoBuffer& to, std::uint64_t offset) override;
  Result<std::size_t> write_at(IoBuffer& from, std::uint64_t offset) override;
  Result<void> truncate(std::uint64_t size) override;
  Result<void> allocate(std::uint32_t mode, std::uint64_t offset, std::uint64_t bytes) override;
  Result<std::uint64_t> seek_data(std::uint64_t offset, bool hole) override;
  Result<Frame> page(std::uint64_t index, bool for_write) override;
  Result<Frame> cached_page(std::uint64_t index, bool for_write) override;
  [[nodiscard]] bool page_cached(std::uint64_t index) override { return pages_.find(index) != Frame::none; }
  [[nodiscard]] bool tracks_writes() const override { return true; }
  Result<void> sync(bool data_only, Hold hold) override;
  Result<void> write_back(Hold hold) override;
  [[nodiscard]] bool dirty() const override { return !dirty_.empty(); }
  void is_durable() override;
  void settle_all() override;
  void prepare_read(std::uint64_t offset, std::size_t bytes) override;
  void prepare_write(std::uint64_t offset, std::size_t bytes) override;
  [[nodiscard]] bool direct() const override { return true; }
  Result<std::size_t> read_direct(IoBuffer& to, std::uint64_t offset) override;
  Result<std::size_t> write_direct(IoBuffer& from, std::uint64_t offset) override;

  // The cache needs its frame; it is clean and nobody maps it.
  void forget_page(std::uint64_t index);

  // --- of flights
  [[nodiscard]] DiskServer& server() const { return volume().server(); }
  void took_off(DiskFlight& flight) {
    flight.retain();
    flights_.append(flight);
  }
  void landed(DiskFlight& flight, const Result<void>& outcome);

 private:
  // Requests under way at a time, and the pages of one.
  static constexpr std::size_t kMostPages = 64;

  [[nodiscard]] std::uint64_t page_count() const;
  // The frame of the page, brought in if need be, with those behind it up to `wanted` or as reading ahead goes.
  // EFAULT: the file ends before it.
  Result<Frame> bring_in(std::uint64_t index, std::uint64_t wanted, Hold hold = Hold::keep);
  Result<void> load(std::uint64_t first, std::uint64_t count, Hold hold);
  // Up to `count` from `first` on are pages of the file that nobody has and nobody brings in.
  [[nodiscard]] std::uint64_t absent(std::uint64_t first, std::uint64_t count) const;
  [[nodiscard]] Ref<DiskFlight> written_flight() const;
  // Who brings it in; null: nobody.
  [[nodiscard]] Ref<DiskFlight> bringer_of(std::uint64_t index) const;
  Result<Frame> take_frame(std::uint64_t index, Hold hold = Hold::keep);
  // One that nothing of the disk is read into: all zeros.
  Result<Frame> fresh_page(std::uint64_t index, bool placed);
  struct PageToWrite {
    Frame frame = Frame::none;
    bool unread = false;  // the disk has something there, of which all was to be replaced
  };
  Result<PageToWrite> page_to_write(std::uint64_t index, std::size_t within, std::size_t length);
  Result<void> read_after_all(std::uint64_t index, Frame written, std::size_t bytes);
  Result<void> make_dirty(std::uint64_t index, Frame frame);
  Result<void> written_by_mapping(std::uint64_t index, Frame frame);
  [[nodiscard]] std::size_t run_at(std::size_t at, std::vector<Frame>& frames) const;
  Result<void> write_pages(Hold hold);
  // After doubts(): the pages that were told are dirty, and the size is told again. What the cache has no longer is
  // EIO for fsync.
  Result<void> begin_again();
  Result<void> make_durable(bool data_only, Hold hold);
  Result<void> tell_size(std::uint64_t size, Timespec now);
  void told_server(std::uint64_t session);
  void drop_page(std::uint64_t index);
  // Dirty pages from `cursor` on take off, as many as go at a time; it moves behind them. Null: there are none.
  Ref<DiskFlight> begin_write_back(std::uint64_t& cursor);
  void sort_dirty();
  void load_landed(DiskFlight& flight, bool read);
  void write_landed(DiskFlight& flight, const Result<void>& outcome);
  void cut(std::uint64_t first, std::uint64_t end);
  Result<void> clear_tail(std::uint64_t new_size);
  void limit_dirty();

  // --- past the cache (direct.cpp)
  class Between;
  Result<void> transfer_direct(const Between& between, std::uint64_t offset, std::size_t bytes, bool write, Hold hold);
  Result<void> flush_range(std::uint64_t offset, std::size_t bytes, Hold hold);
  void forget_range(std::uint64_t offset, std::size_t bytes);
  Result<std::size_t> write_new(IoBuffer& from, std::uint64_t offset);

  PageIndex pages_;
  LinkedList<DiskFlight, &DiskFlight::in_file> flights_;  // with a reference each
  std::vector<std::uint64_t> dirty_;  // pages that were made dirty; some may be clean or gone by now
  std::uint64_t next_read_ = 0;       // where who reads one page after the other would go on
  std::uint64_t window_ = 0;          // pages that are read ahead
  Errno lost_ = Errno{};              // what was not written back, for fsync to tell

  // --- what the server was told since all of it was durable
  std::uint32_t epoch_ = 1;                   // another one whenever all is; pages have that in which they were told
  std::uint64_t times_told_ = 0;
  std::uint64_t cut_to_ = ~std::uint64_t{0};  // the smallest size of those
  bool cannot_repeat_ = false;                // not all of it is in the cache
};

}  // namespace tessera::lx
