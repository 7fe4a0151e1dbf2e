// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "components/linux/core/mapped_pages.hpp"
#include "components/linux/core/page_copy.hpp"
#include "components/linux/fs/disk/page_cache.hpp"
#include "components/linux/fs/disk/pieces.hpp"
#include "components/linux/fs/inode_file.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kKeepSize = 1, kPunchHole = 2, kZeroRange = 0x10;
// Pages that are read ahead of a program that reads one after the other, at the start and at most.
constexpr std::uint64_t kFirstWindow = 8, kMostWindow = 256;
// Of pages that are written back together.
constexpr std::size_t kMostRequests = 16;
// Those around one that a mapping touched.
constexpr std::uint64_t kAroundFault = 16;

std::uint64_t pages_of(std::uint64_t bytes) { return bytes / kPageBytes + (bytes % kPageBytes != 0 ? 1 : 0); }

void clear(std::span<std::byte> bytes) { std::ranges::fill(bytes, std::byte{0}); }

// Keeps a frame in the cache as long as it lives.
class Pinned {
 public:
  explicit Pinned(Frame frame) : frame_(frame) { retain_frame(frame); }
  ~Pinned() { release_frame(frame_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  Frame frame_;
};

}  // namespace

DiskFile::~DiskFile() { cut(0, ~std::uint64_t{0}); }

std::uint64_t DiskFile::page_count() const { return pages_of(attributes.size); }

void DiskFile::forget_page(std::uint64_t index) {
  if (page_cache().told_in(pages_.find(index)) == epoch_) cannot_repeat_ = true;
  drop_page(index);
}

void DiskFile::drop_page(std::uint64_t index) {
  const Frame frame = pages_.find(index);
  pages_.clear(index);
  page_cache().drop(frame);
}

// Gives up the pages [first, end), dirty or not.
void DiskFile::cut(std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t index = pages_.next(first); index < end; index = pages_.next(index + 1)) {
    const Frame frame = pages_.find(index);
    if (page_cache().dirty(frame) && !page_cache().placed(frame)) disk().unreserve_page();
    drop_page(index);
  }
}

Result<Frame> DiskFile::take_frame(std::uint64_t index, Hold hold) {
  auto frame = page_cache().take(*this, index);
  if (frame) return frame;
  // All of them are dirty, mapped or in the air.
  TRY(disk().write_back(hold));
  for (;;) {
    frame = page_cache().take(*this, index);
    const Ref<DiskFlight> flight = DiskFlight::oldest();
    if (frame || !flight) return frame;
    (void)flight->settle(hold);
  }
}

std::uint64_t DiskFile::absent(std::uint64_t first, std::uint64_t count) const {
  const std::uint64_t pages = page_count();
  if (first >= pages) return 0;
  std::uint64_t end = std::min(first + std::min(count, pages - first), pages_.next(first));
  for (const DiskFlight* flight = flights_.first(); flight != nullptr; flight = flights_.next(*flight))
    end = std::min(end, flight->next_brought(first));
  return end - first;
}

Ref<DiskFlight> DiskFile::bringer_of(std::uint64_t index) const {
  for (DiskFlight* flight = flights_.first(); flight != nullptr; flight = flights_.next(*flight))
    if (flight->brings(index)) return Ref<DiskFlight>(flight);
  return nullptr;
}

// Requests for [first, first + count), as far as they are absent, all under way at a time. Nothing is done
// when the first one is not, or no longer.
Result<void> DiskFile::load(std::uint64_t first, std::uint64_t count, Hold hold) {
  if (doubts()) TRY(begin_again());
  std::vector<Frame> frames;
  frames.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto frame = take_frame(first + i, hold);
    if (!frame && i == 0) return fail(frame.error());
    if (!frame) break;
    retain_frame(*frame);  // nobody finds it before it is entered
    frames.push_back(*frame);
  }
  DiskFlight::make_way((frames.size() + kMostPages - 1) / kMostPages, hold);
  // Others may have been quicker.
  const std::uint64_t wanted = absent(first, frames.size());
  for (; frames.size() > wanted; frames.pop_back()) {
    page_cache().drop(frames.back());
    release_frame(frames.back());
  }
  if (frames.empty()) return {};
  const auto flight = make_ref<DiskFlight>(*this, DiskFlight::Kind::read, first, first + frames.size());
  for (std::size_t at = 0; at < wanted; at += kMostPages) {
    DiskFlight::Request& request = flight->add();
    request.first = first + at;
    if (wanted <= kMostPages) {
      request.frames = std::move(frames);
    } else {
      const auto part = std::span(frames).subspan(at, std::min<std::size_t>(kMostPages, wanted - at));
      request.frames.assign(part.begin(), part.end());
    }
    [[clang::uninitialized]] const FramePieces pieces(request.frames);
    auto room = volume().begin_read(request.transfer, number(), request.first * kPageBytes, pieces.list());
    if (room) request.room = std::move(*room);
    else request.transfer.done = request.transfer.answer.lost = true;
  }
  return flight->settle(hold);
}

void DiskFile::load_landed(DiskFlight& flight, bool read) {
  // Another server may have read what the file was before: whoever wants it begins again.
  if (doubts()) read = false;
  for (const auto& request : flight.requests()) {
    std::uint64_t index = request.first;
    for (const Frame frame : request.frames) {
      if (read) {
        page_cache().set_placed(frame, true);
        pages_.set(index, frame);
      } else {
        page_cache().drop(frame);
      }
      release_frame(frame);
      ++index;
    }
  }
}

void DiskFile::landed(DiskFlight& flight, const Result<void>& outcome) {
  flights_.remove(flight);
  flight.release();  // who calls this has a reference, too
  switch (flight.kind()) {
    case DiskFlight::Kind::read: return load_landed(flight, outcome.has_value());
    case DiskFlight::Kind::written: return write_landed(flight, outcome);
    case DiskFlight::Kind::direct: return;
  }
}

void DiskFile::settle_all() {
  while (!flights_.empty()) (void)flights_.first()->settle(Hold::keep);
}

Ref<DiskFlight> DiskFile::written_flight() const {
  for (DiskFlight* flight = flights_.first(); flight != nullptr; flight = flights_.next(*flight))
    if (flight->kind() == DiskFlight::Kind::written) return Ref<DiskFlight>(flight);
  return nullptr;
}

Result<Frame> DiskFile::bring_in(std::uint64_t index, std::uint64_t wanted, Hold hold) {
  Frame frame = pages_.find(index);
  if (frame == Frame::none) [[unlikely]] {
    const bool in_order = index == next_read_;
    window_ = in_order ? std::min(std::max(window_ * 2, kFirstWindow), kMostWindow) : 0;
    const std::uint64_t count = std::clamp<std::uint64_t>(std::max(wanted, window_), 1, kMostWindow);
    do {
      if (index >= page_count()) return fail(Errno::efault);
      if (const Ref<DiskFlight> flight = bringer_of(index)) {
        TRY(flight->settle(hold));
      } else {
        const std::uint64_t missing = absent(index, count);
        next_read_ = index + missing;
        TRY(load(index, missing, hold));
      }
      frame = pages_.find(index);
    } while (frame == Frame::none);
  }
  page_cache().used(frame);
  return frame;
}

// What is asked for next is brought in with the big lock given up. Errors it finds out itself.
void DiskFile::prepare_read(std::uint64_t offset, std::size_t bytes) {
  constexpr std::uint64_t kMostPrepared = 4 * kMostWindow;
  if (offset >= attributes.size || bytes == 0) return;
  const std::uint64_t first = offset / kPageBytes;
  const std::uint64_t end = first + std::min(pages_of(offset % kPageBytes + std::min<std::uint64_t>(bytes, attributes.size - offset)), kMostPrepared);
  for (std::uint64_t index = first; index < end; ++index)
    if (pages_.find(index) == Frame::none && !bring_in(index, end - index, Hold::leave)) return;
}

// The same for a write, which needs what it leaves of its first page and its last, and room for dirty ones.
void DiskFile::prepare_write(std::uint64_t offset, std::size_t bytes) {
  if (disk().read_only() || bytes == 0 || offset > (std::uint64_t{1} << 62)) return;
  if (page_cache().dirty_pages() > page_cache().most_dirty()) (void)disk().write_back(Hold::leave);
  const std::uint64_t end = offset + bytes;
  const auto edge = [&](std::uint64_t at, bool partly) {
    if (partly && at < attributes.size && pages_.find(at / kPageBytes) == Frame::none) (void)bring_in(at / kPageBytes, 1, Hold::leave);
  };
  edge(offset / kPageBytes * kPageBytes, offset % kPageBytes != 0 || (bytes < kPageBytes && end < attributes.size));
  edge(end / kPageBytes * kPageBytes, end % kPageBytes != 0 && end < attributes.size);
}

Result<std::size_t> DiskFile::read_at(IoBuffer& to, std::uint64_t offset) {
  if (offset >= attributes.size) return 0U;
  std::size_t done = 0;
  while (offset < attributes.size && to.remaining() != 0) {
    const std::size_t left = static_cast<std::size_t>(std::min<std::uint64_t>(attributes.size - offset, to.remaining()));
    const std::size_t within = offset % kPageBytes, length = std::min(left, kPageBytes - within);
    const auto frame = bring_in(offset / kPageBytes, pages_of(within + left));
    if (!frame) return done != 0 ? Result<std::size_t>(done) : fail(frame.error());
    const Pinned pinned(*frame);
    const std::size_t moved = to.put(frame_bytes(*frame).subspan(within, length));
    done += moved;
    offset += moved;
    if (moved < length) break;
  }
  if (done == 0 && to.faulted()) return fail(Errno::efault);
  return done;
}

Result<Frame> DiskFile::fresh_page(std::uint64_t index, bool placed) {
  const Frame frame = TRY(take_frame(index));
  page_cache().set_placed(frame, placed);
  page_cache().used(frame);
  clear_frame(frame);
  pages_.set(index, frame);
  return frame;
}

// What is written is [within, within + length) of the page.
Result<DiskFile::PageToWrite> DiskFile::page_to_write(std::uint64_t index, std::size_t within, std::size_t length) {
  const std::uint64_t start = index * kPageBytes;
  if (const Ref<DiskFlight> flight = bringer_of(index)) (void)flight->settle(Hold::keep);
  if (const Frame frame = pages_.find(index); frame != Frame::none) {
    page_cache().used(frame);
    return PageToWrite{.frame = frame};
  }
  const bool on_disk = start < server_size();
  // Nothing of what the file has there stays: it need not be read.
  const bool covers = start >= attributes.size || (within == 0 && start + length >= attributes.size) || length == kPageBytes;
  if (covers) return PageToWrite{.frame = TRY(fresh_page(index, on_disk)), .unread = start < attributes.size};
  return PageToWrite{.frame = TRY(bring_in(index, 1))};
}

// The guest had only the first `bytes` of the page: what the disk has stays behind them. `written` is pinned.
Result<void> DiskFile::read_after_all(std::uint64_t index, Frame written, std::size_t bytes) {
  cut(index, index + 1);
  const Frame frame = TRY(bring_in(index, 1));
  std::ranges::copy(frame_bytes(written).first(bytes), frame_bytes(frame).begin());
  return make_dirty(index, frame);
}

Result<void> DiskFile::make_dirty(std::uint64_t index, Frame frame) {
  PageCache& cache = page_cache();
  if (cache.dirty(frame)) return {};
  if (!cache.placed(frame)) TRY(disk().reserve_page());
  cache.make_dirty(frame);
  dirty_.push_back(index);
  hold();
  return {};
}

Result<std::size_t> DiskFile::write_at(IoBuffer& from, std::uint64_t offset) {
  const std::uint64_t most_bytes = disk().most_file_bytes();
  if (disk().read_only()) return fail(Errno::erofs);
  if (offset > attributes.size && from.remaining() != 0) TRY(clear_tail(offset));
  std::size_t done = 0;
  Result<void> failure;
  while (from.remaining() != 0) {
    const std::uint64_t index = offset / kPageBytes;
    if (offset >= most_bytes) {
      failure = fail(Errno::efbig);
      break;
    }
    const std::size_t within = offset % kPageBytes, length = std::min({from.remaining(), kPageBytes - within, static_cast<std::size_t>(most_bytes - offset)});
    const auto page = page_to_write(index, within, length);
    if (!page) {
      failure = fail(page.error());
      break;
    }
    const Pinned pinned(page->frame);
    failure = make_dirty(index, page->frame);
    if (!failure) break;
    const std::size_t moved = from.take(frame_bytes(page->frame).subspan(within, length));
    if (moved < length && page->unread) TRY(read_after_all(index, page->frame, within + moved));
    done += moved;
    offset += moved;
    attributes.size = std::max(attributes.size, offset);
    if (moved < length) {
      failure = fail(Errno::efault);
      break;
    }
  }
  if (done == 0) return failure ? Result<std::size_t>(0U) : fail(failure.error());
  attributes.modified = attributes.changed = current_time();
  hold();
  limit_dirty();
  return done;
}

// For who could not prepare. Errors are the files', for fsync to tell.
void DiskFile::limit_dirty() {
  if (page_cache().dirty_pages() > page_cache().most_dirty() * 3 / 2) (void)disk().write_back(Hold::keep);
}

// Up to kMostPages dirty pages in a row, from dirty_[at] on. How many entries that were.
std::size_t DiskFile::run_at(std::size_t at, std::vector<Frame>& frames) const {
  const std::uint64_t first = dirty_[at];
  while (at + frames.size() < dirty_.size() && frames.size() < kMostPages) {
    const std::uint64_t index = dirty_[at + frames.size()];
    const Frame frame = index == first + frames.size() ? pages_.find(index) : Frame::none;
    if (frame == Frame::none || !page_cache().dirty(frame)) break;
    frames.push_back(frame);
  }
  return frames.size();
}

void DiskFile::sort_dirty() {
  constexpr auto kLess = [](std::uint64_t a, std::uint64_t b) { return a < b; };  // libc++ has the plain one in its library
  if (!std::ranges::is_sorted(dirty_, kLess)) std::ranges::sort(dirty_, kLess);
  dirty_.erase(std::ranges::unique(dirty_).begin(), dirty_.end());
}

Ref<DiskFlight> DiskFile::begin_write_back(std::uint64_t& cursor) {
  sort_dirty();
  // Those that map pages for writing must be met again at their next write.
  const bool mapped = mapped_for_writing(*this);
  Ref<DiskFlight> flight;
  const auto begin = static_cast<std::size_t>(std::ranges::lower_bound(dirty_, cursor) - dirty_.begin());
  std::size_t at = begin;
  while (at < dirty_.size() && (!flight || flight->requests().size() < kMostRequests)) {
    std::vector<Frame> frames;
    const std::size_t count = run_at(at, frames);
    if (count == 0) {
      ++at;
      continue;
    }
    if (!flight) flight = make_ref<DiskFlight>(*this, DiskFlight::Kind::written);
    flight->size = attributes.size;
    flight->changed = attributes.modified;
    if (mapped) pages_changed(*this, dirty_[at], dirty_[at] + count);
    for (const Frame frame : frames) {
      retain_frame(frame);
      page_cache().make_clean(frame);
      // Its place is reserved until the flight lands. Who makes it dirty again needs none.
      if (!page_cache().placed(frame)) ++flight->unplaced;
      page_cache().set_placed(frame, true);
    }
    DiskFlight::Request& request = flight->add();
    request.first = dirty_[at];
    request.frames = std::move(frames);
    [[clang::uninitialized]] const FramePieces pieces(request.frames);
    auto room = volume().begin_write(request.transfer, number(), request.first * kPageBytes, pieces.list(),
                                     attributes.size, attributes.modified);
    if (room) request.room = std::move(*room);
    else request.transfer.done = request.transfer.answer.lost = true;
    at += count;
  }
  cursor = at < dirty_.size() ? dirty_[at] : ~std::uint64_t{0};
  dirty_.erase(dirty_.begin() + static_cast<std::ptrdiff_t>(begin), dirty_.begin() + static_cast<std::ptrdiff_t>(at));
  return flight;
}

void DiskFile::write_landed(DiskFlight& flight, const Result<void>& outcome) {
  for (const auto& request : flight.requests()) {
    told_server(request.transfer.session);
    for (const Frame frame : request.frames) {
      page_cache().set_told_in(frame, epoch_);
      release_frame(frame);
    }
  }
  disk().pages_placed(flight.unplaced);
  if (outcome) server_has(flight.size, flight.changed);
  else lost_ = outcome.error();
  set_stale();
}

// All that is dirty now, in one pass. No page is in the air twice: the disk may do what it is asked in any order.
Result<void> DiskFile::write_pages(Hold hold) {
  Result<void> done;
  for (std::uint64_t cursor = 0; cursor != ~std::uint64_t{0};) {
    DiskFlight::make_way(kMostRequests, hold);
    if (const Ref<DiskFlight> before = written_flight()) {
      (void)before->settle(hold);
      continue;
    }
    const Ref<DiskFlight> flight = begin_write_back(cursor);
    if (!flight) break;
    if (const auto one = flight->settle(hold); !one && done) done = one;
  }
  return done;
}

void DiskFile::told_server(std::uint64_t session) {
  if (session == 0) return;  // it was never sent
  trusts(session);
  ++times_told_;
  disk().told_server();
}

void DiskFile::is_durable() {
  DiskInode::is_durable();
  ++epoch_;
  cut_to_ = ~std::uint64_t{0};
  cannot_repeat_ = false;
}

Result<void> DiskFile::begin_again() {
  settle_all();
  const auto found = volume().attributes(number());
  if (!found && found.error() == Errno::estale) is_durable();  // all of it is gone
  const auto there = TRY(found);
  compare_with(there);
  DiskInode::is_durable();  // this server has been told nothing
  if (std::exchange(cannot_repeat_, false)) lost_ = Errno::eio;
  const std::uint64_t size = attributes.size;
  const auto repeat = [&]() -> Result<void> {
    const Timespec modified = attributes.modified;
    if (cut_to_ < there.size) TRY(tell_size(cut_to_, modified));
    if (server_size() != size) TRY(tell_size(size, modified));
    for (std::uint64_t index = pages_.next(0); index < page_count(); index = pages_.next(index + 1))
      if (page_cache().told_in(pages_.find(index)) == epoch_) TRY(make_dirty(index, pages_.find(index)));
    return {};
  };
  const auto repeated = repeat();
  attributes.size = size;
  if (!repeated) lost_ = repeated.error();
  return {};
}

Result<void> DiskFile::write_back(Hold hold) {
  if (gone()) {
    settle_all();
    cut(0, ~std::uint64_t{0});
    dirty_.clear();
    return {};
  }
  if (doubts()) TRY(begin_again());
  const auto written = write_pages(hold);
  const auto told = write_attributes();
  return written ? told : written;
}

// A server that was killed took what it was told along, unless that was durable: the next one, which knows nothing of it,
// says that all is.
Result<void> DiskFile::make_durable(bool data_only, Hold hold) {
  if (disk().read_only()) return {};
  do {
    TRY(write_back(hold));
    if (gone()) return number() != 0 ? Result<void>() : fail(Errno::estale);
    const std::uint64_t told = times_told_;
    TRY(volume().sync(number(), data_only, hold));
    if (!doubts() && told == times_told_) is_durable();  // else others wrote meanwhile
  } while (doubts());
  return {};
}

Result<void> DiskFile::sync(bool data_only, Hold hold) {
  const auto done = make_durable(data_only, hold);
  // What failed while nobody waited for it is told once.
  const Errno lost = std::exchange(lost_, Errno{});
  return done && lost != Errno{} ? fail(lost) : done;
}

// The file is to grow: what a mapping wrote behind the end becomes no part of it.
Result<void> DiskFile::clear_tail(std::uint64_t new_size) {
  const std::uint64_t size = attributes.size;
  const std::size_t within = size % kPageBytes;
  if (new_size <= size || within == 0) return {};
  const Frame frame = pages_.find(size / kPageBytes);
  if (frame != Frame::none) clear(frame_bytes(frame).subspan(within));
  return {};
}

Result<void> DiskFile::truncate(std::uint64_t size) {
  if (disk().read_only()) return fail(Errno::erofs);
  settle_all();
  TRY(clear_tail(size));
  const std::uint64_t before = attributes.size;
  if (size < before) {
    cut(pages_of(size), ~std::uint64_t{0});
    pages_changed(*this, pages_of(size), ~std::uint64_t{0}, PrivateCopies::go);
    const Frame last = size % kPageBytes != 0 ? pages_.find(size / kPageBytes) : Frame::none;
    if (last != Frame::none) clear(frame_bytes(last).subspan(size % kPageBytes));
  }
  return tell_size(size, current_time());
}

Result<void> DiskFile::tell_size(std::uint64_t size, Timespec now) {
  const wire::Time wire_now{
      .seconds = static_cast<std::uint64_t>(now.seconds), .nanoseconds = static_cast<std::uint32_t>(now.nanoseconds), .zero = 0};
  wire::AttributeChange change{};
  change.which = static_cast<std::uint32_t>(wire::kChangeSize | wire::kChangeModified | wire::kChangeChanged);
  change.size = size;
  change.modified = change.changed = wire_now;
  TRY(change_now(change));
  told_server(volume().answered_by());
  cut_to_ = std::min(cut_to_, size);
  attributes.size = size;
  attributes.modified = attributes.changed = now;
  return {};
}

Result<void> DiskFile::allocate(std::uint32_t mode, std::uint64_t offset, std::uint64_t bytes) {
  if (disk().read_only()) return fail(Errno::erofs);
  const std::uint64_t end = offset + bytes;
  const bool keep = (mode & kKeepSize) != 0, punch = (mode & kPunchHole) != 0, zero = (mode & kZeroRange) != 0;
  if ((mode & ~(kKeepSize | kPunchHole | kZeroRange)) != 0 || (punch && (!keep || zero))) return fail(Errno::eopnotsupp);
  if (!punch && !keep) TRY(check_new_size(*this, end));
  TRY(clear_tail(end));
  TRY(write_back(Hold::keep));
  settle_all();
  TRY(volume().allocate(number(), mode, offset, bytes, current_time()));
  told_server(volume().answered_by());
  if (punch || zero) {
    cannot_repeat_ = true;
    cut(offset / kPageBytes, pages_of(end));
    pages_changed(*this, offset / kPageBytes, pages_of(end));
  }
  take(TRY(volume().attributes(number())));
  return {};
}

Result<std::uint64_t> DiskFile::seek_data(std::uint64_t offset, bool hole) {
  if (offset >= attributes.size) return fail(Errno::enxio);
  if (!disk().read_only()) TRY(write_back(Hold::keep));
  const auto found = volume().seek(number(), offset, hole);
  if (!found && found.error() == Errno::enoent) return fail(Errno::enxio);
  if (!found) return fail(found.error());
  if (*found >= attributes.size && !hole) return fail(Errno::enxio);
  return std::min(*found, attributes.size);
}

Result<Frame> DiskFile::page(std::uint64_t index, bool for_write) {
  if (index >= page_count()) return fail(Errno::efault);
  if (for_write && disk().read_only()) return fail(Errno::erofs);
  const Frame frame = TRY(bring_in(index, kAroundFault));
  if (for_write) TRY(written_by_mapping(index, frame));
  return frame;
}

Result<Frame> DiskFile::cached_page(std::uint64_t index, bool for_write) {
  if (index >= page_count()) return fail(Errno::efault);
  const Frame frame = pages_.find(index);
  if (frame == Frame::none) return fail(Errno::enoent);
  page_cache().used(frame);
  if (for_write) TRY(written_by_mapping(index, frame));
  return frame;
}

Result<void> DiskFile::written_by_mapping(std::uint64_t index, Frame frame) {
  const Pinned pinned(frame);
  TRY(make_dirty(index, frame));
  attributes.modified = attributes.changed = current_time();
  return {};
}

}  // namespace tessera::lx
