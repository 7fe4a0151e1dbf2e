// SPDX-License-Identifier: Apache-2.0
// Pipes and FIFOs.
#include "components/linux/fs/pipe.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigPipe = 13;
constexpr std::uint32_t kFionread = 0x541B;

class PipeFile final : public File {
 public:
  PipeFile(Ref<Inode> inode, Ref<Pipe> pipe, std::uint32_t flags)
      : File(flags), inode_(std::move(inode)), pipe_(std::move(pipe)) {
    pipe_->add(readable(), writable());
  }
  ~PipeFile() override {
    pipe_->remove(readable(), writable());
    if (pipe_->idle() && inode_->fifo == pipe_) inode_->fifo = nullptr;
  }
  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override { return pipe_->read(to, non_blocking()); }
  Result<std::size_t> write(IoBuffer& from, std::uint64_t&) override { return pipe_->write(from, non_blocking()); }
  std::uint32_t poll(PollTable* table) override { return pipe_->poll(table, readable(), writable()); }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override {
    if (request != kFionread) return fail(Errno::enotty);
    TRY(write_guest(argument, static_cast<std::int32_t>(pipe_->used())));
    return 0;
  }
  [[nodiscard]] Ref<Inode> inode() const override { return inode_; }
  [[nodiscard]] Pipe* pipe() override { return pipe_.get(); }
  [[nodiscard]] bool drives_signals() const override { return true; }

 private:
  Ref<Inode> inode_;
  Ref<Pipe> pipe_;
};

}  // namespace

Pipe::~Pipe() {
  for (Frame frame : slots_)
    if (frame != Frame::none) release_frame(frame);
  lock_.retire();
}

// Moves bytes in as long as there are some, and room.
std::size_t Pipe::fill(IoBuffer& from, Result<void>& failure) {
  std::size_t done = 0;
  while (from.remaining() != 0 && room() != 0) {
    std::size_t tail = wrapped(head_ + used_);
    Frame& slot = slots_[tail / kPageBytes];
    if (slot == Frame::none) {
      auto frame = allocate_frame();
      if (!frame) {
        failure = fail(frame.error());
        break;
      }
      slot = *frame;
    }
    std::size_t offset = tail % kPageBytes;
    std::size_t length = std::min({kPageBytes - offset, room(), from.remaining()});
    std::size_t moved = from.take(frame_bytes(slot).subspan(offset, length));
    used_ += moved;
    done += moved;
    if (moved < length) {
      failure = fail(Errno::efault);
      break;
    }
  }
  return done;
}

// As far as there is something, which stays.
[[gnu::always_inline]] inline std::size_t Pipe::copy_out(IoBuffer& to) const {
  std::size_t done = 0;
  while (to.remaining() != 0 && done != used_) {
    const std::size_t at = wrapped(head_ + done);
    const std::size_t offset = at % kPageBytes;
    const std::size_t length = std::min({kPageBytes - offset, used_ - done, to.remaining()});
    const std::size_t moved = to.put(frame_bytes(slots_[at / kPageBytes]).subspan(offset, length));
    done += moved;
    if (moved < length) break;
  }
  return done;
}

// Of those that are there.
[[gnu::always_inline]] inline void Pipe::consume(std::size_t bytes) {
  while (bytes != 0) {
    Frame& slot = slots_[head_ / kPageBytes];
    const std::size_t offset = head_ % kPageBytes;
    const std::size_t length = std::min(kPageBytes - offset, bytes);
    head_ = wrapped(head_ + length);
    used_ -= length;
    bytes -= length;
    if (used_ == 0) {
      // An empty pipe starts over in its first page and keeps one frame for it.
      head_ = 0;
      if (&slot != &slots_.front()) std::swap(slot, slots_.front());
      if (slot != Frame::none && &slot != &slots_.front()) release_frame(std::exchange(slot, Frame::none));
    } else if (offset + length == kPageBytes && used_ <= capacity() - kPageBytes) {
      release_frame(std::exchange(slot, Frame::none));  // else its beginning was filled again
    }
  }
}

std::size_t Pipe::drain(IoBuffer& to) {
  const std::size_t done = copy_out(to);
  consume(done);
  return done;
}

std::optional<std::size_t> Pipe::read_at_once(IoBuffer& to) {
  if (write_queue_.watched()) return std::nullopt;
  const std::size_t done = copy_out(to);
  if (done == 0 || to.faulted()) return std::nullopt;
  consume(done);
  if (!write_queue_.empty() && room() >= kAtomicBytes) write_queue_.wake_all();
  return done;
}

std::optional<std::size_t> Pipe::write_at_once(IoBuffer& from) {
  if (readers_ == 0 || from.remaining() > room() || read_queue_.watched()) return std::nullopt;
  const std::size_t before = used_;
  Result<void> failure;
  const std::size_t done = fill(from, failure);
  if (done == 0 || !failure) {
    used_ = before;
    return std::nullopt;
  }
  if (before == 0 && !read_queue_.empty()) read_queue_.wake_all();
  inode_.attributes.modified = inode_.attributes.changed = current_time();
  return done;
}

Result<std::size_t> Pipe::read(IoBuffer& to, bool non_blocking) {
  if (to.remaining() == 0) return 0U;
  Ref<Pipe> keep(this);
  while (used_ == 0) {
    if (writers_ == 0) return 0U;
    if (non_blocking) return fail(Errno::eagain);
    TRY(wait_until(current_thread(), read_queue_, [&] { return used_ != 0 || writers_ == 0; }));
  }
  std::size_t done = drain(to);
  if (done == 0) return fail(Errno::efault);
  if (!write_queue_.empty() && room() >= kAtomicBytes) write_queue_.wake_all();
  return done;
}

Result<std::size_t> Pipe::write(IoBuffer& from, bool non_blocking) {
  std::size_t wanted = from.remaining();
  if (wanted == 0) return 0U;
  Ref<Pipe> keep(this);
  std::size_t done = 0;
  Result<void> failure;
  while (true) {
    if (readers_ == 0) {
      if (done != 0) return done;
      signal_current(kSigPipe);
      return fail(Errno::epipe);
    }
    // Up to PIPE_BUF bytes go in one piece.
    std::size_t needed = wanted <= kAtomicBytes ? wanted : 1;
    if (room() >= needed) {
      bool was_empty = used_ == 0;
      done += fill(from, failure);
      if (used_ != 0 && !read_queue_.empty() && (was_empty || read_queue_.watched())) read_queue_.wake_all();
    }
    if (done == wanted || !failure) break;
    if (non_blocking) {
      if (done == 0) return fail(Errno::eagain);
      break;
    }
    std::size_t enough = std::min(from.remaining(), kAtomicBytes);
    auto slept = wait_until(current_thread(), write_queue_, [&] { return room() >= enough || readers_ == 0; });
    if (!slept) {
      if (done == 0) return fail(slept.error());
      break;
    }
  }
  if (done == 0 && !failure) return fail(failure.error());
  inode_.attributes.modified = inode_.attributes.changed = current_time();
  return done;
}

std::uint32_t Pipe::poll(PollTable* table, bool reader, bool writer) {
  std::uint32_t events = 0;
  if (reader) {
    if (table != nullptr) table->add(read_queue_);
    if (used_ != 0) events |= kPollIn | kPollReadNormal;
    if (writers_ == 0 && writer_opens_ != 0) events |= kPollHangup;
  }
  if (writer) {
    if (table != nullptr) table->add(write_queue_);
    if (room() >= kAtomicBytes) events |= kPollOut | kPollWriteNormal;
    if (readers_ == 0) events |= kPollError;
  }
  return events;
}

Result<std::size_t> Pipe::set_capacity(std::uint64_t bytes) {
  if (bytes > (std::uint64_t{1} << 31)) return fail(Errno::einval);
  std::size_t pages = std::bit_ceil(std::max<std::size_t>((bytes + kPageBytes - 1) / kPageBytes, 1));
  if (pages > kMostPages && current_credentials().euid != 0) return fail(Errno::eperm);
  if (pages * kPageBytes < used_ + reserved_) return fail(Errno::ebusy);
  // Rebuilt in order of the contents: the page of the first byte comes first.
  std::vector<Frame> next(pages, Frame::none);
  std::size_t first = head_ / kPageBytes;
  std::size_t touched = used_ == 0 ? 0 : (head_ % kPageBytes + used_ + kPageBytes - 1) / kPageBytes;
  if (touched > pages || touched > slots_.size()) return fail(Errno::ebusy);  // head and tail share a page
  for (std::size_t i = 0; i < touched; ++i) std::swap(next[i], slots_[(first + i) % slots_.size()]);
  std::swap(slots_, next);
  for (Frame frame : next)
    if (frame != Frame::none) release_frame(frame);
  head_ %= kPageBytes;
  if (!write_queue_.empty()) write_queue_.wake_all();
  return capacity();
}

void Pipe::add(bool reader, bool writer) {
  if (reader) ++readers_, ++reader_opens_;
  if (writer) ++writers_, ++writer_opens_;
  if (reader && !write_queue_.empty()) write_queue_.wake_all();
  if (writer && !read_queue_.empty()) read_queue_.wake_all();
}

void Pipe::remove(bool reader, bool writer) {
  if (reader && --readers_ == 0 && !write_queue_.empty()) write_queue_.wake_all();
  if (writer && --writers_ == 0 && !read_queue_.empty()) read_queue_.wake_all();
}

// An end that was opened and closed again in between counts, too.
Result<void> Pipe::wait_for_reader() {
  std::uint64_t before = reader_opens_;
  return wait_until(current_thread(), write_queue_, [&] { return readers_ != 0 || reader_opens_ != before; });
}
Result<void> Pipe::wait_for_writer() {
  std::uint64_t before = writer_opens_;
  return wait_until(current_thread(), read_queue_, [&] { return writers_ != 0 || writer_opens_ != before; });
}

std::pair<Ref<File>, Ref<File>> make_pipe(std::uint32_t flags) {
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = kFifo | 0600;
  inode->attributes.uid = current_credentials().fsuid;
  inode->attributes.gid = current_credentials().fsgid;
  Attributes& times = inode->attributes;
  times.accessed = times.modified = times.changed = current_time();
  auto pipe = make_ref<Pipe>(*inode);
  Ref<File> reader = make_ref<PipeFile>(inode, pipe, kOpenReadOnly | flags);
  Ref<File> writer = make_ref<PipeFile>(inode, pipe, kOpenWriteOnly | flags);
  // A FIFO to whoever opens /proc/PID/fd/N.
  inode->fifo = pipe;
  Text name;
  name << "pipe:[" << inode->number() << "]";
  reader->path = writer->path = unnamed_path(name.view(), inode);
  return {std::move(reader), std::move(writer)};
}

Result<Ref<File>> open_fifo(Inode& node, std::uint32_t flags) {
  if (!node.fifo) node.fifo = make_ref<Pipe>(node);
  Ref<Pipe> pipe = node.fifo;
  std::uint32_t access = flags & kOpenAccessMask;
  if (access == 3) return fail(Errno::einval);
  // Nobody waits for the other end of a pipe without a name: it was there, and may be gone for good.
  const bool named = &node.file_system() != &anonymous_file_system();
  const bool waits = named && (flags & kOpenNonBlock) == 0;
  if (named && access == kOpenWriteOnly && !waits && !pipe->has_readers()) {
    if (pipe->idle()) node.fifo = nullptr;
    return fail(Errno::enxio);
  }
  Ref<File> file = make_ref<PipeFile>(Ref<Inode>(&node), pipe, flags);
  if (waits && access == kOpenWriteOnly && !pipe->has_readers()) TRY(pipe->wait_for_reader());
  if (waits && access == kOpenReadOnly) TRY(pipe->wait_for_writer());
  return file;
}

}  // namespace tessera::lx
