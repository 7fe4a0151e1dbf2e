// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/operations.hpp"

#include <algorithm>
#include <array>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/splice.hpp"
#include "components/linux/fs/syscalls_open.hpp"
#include "components/linux/io_ring/plain_calls.hpp"
#include "components/linux/io_ring/register.hpp"
#include "components/linux/io_ring/ring.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

using namespace ring_abi;
using Outcome = std::optional<Result<std::int64_t>>;

// --- what an operation uses

enum Field : std::uint8_t { kOff = 1, kAddr = 2, kLen = 4, kFlg = 8, kBuf = 16, kOther = 32, kPrio = 64, kAll = 127 };

constexpr std::array<std::uint8_t, kOperationCount> make_fields() {
  std::array<std::uint8_t, kOperationCount> fields{};
  fields[kNop] = kAll;
  for (const auto transfer : {kReadVector, kWriteVector, kReadFixed, kWriteFixed, kRead, kWrite})
    fields[transfer] = kOff | kAddr | kLen | kFlg | kBuf | kPrio;
  fields[kFsync] = kOff | kLen | kFlg;
  fields[kPollAdd] = kFlg | kLen;
  fields[kPollRemove] = kAddr;
  fields[kSyncFileRange] = kOff | kLen | kFlg;
  fields[kSendMessage] = fields[kReceiveMessage] = kAddr | kLen | kFlg;
  fields[kSend] = fields[kReceive] = kAddr | kLen | kFlg;
  fields[kTimeout] = kOff | kAddr | kLen | kFlg;
  fields[kTimeoutRemove] = kOff | kAddr | kFlg;
  fields[kLinkTimeout] = kAddr | kLen | kFlg;
  fields[kAccept] = kOff | kAddr | kFlg;
  fields[kAsyncCancel] = kAddr | kFlg;
  fields[kConnect] = kOff | kAddr;
  fields[kFallocate] = kOff | kAddr | kLen;
  fields[kOpenAt] = kAddr | kLen | kFlg;
  fields[kOpenAt2] = kOff | kAddr | kLen;
  fields[kFilesUpdate] = kOff | kAddr | kLen;
  fields[kStatx] = kOff | kAddr | kLen | kFlg;
  fields[kFadvise] = kOff | kLen | kFlg;
  fields[kMadvise] = kAddr | kLen | kFlg;
  fields[kEpollControl] = kOff | kAddr | kLen;
  fields[kSplice] = kOff | kAddr | kLen | kFlg | kOther;
  fields[kTee] = kLen | kFlg | kOther;
  fields[kShutdown] = kLen;
  fields[kRenameAt] = fields[kLinkAt] = kOff | kAddr | kLen | kFlg;
  fields[kUnlinkAt] = kAddr | kFlg;
  fields[kMkdirAt] = kAddr | kLen;
  fields[kSymlinkAt] = kOff | kAddr;
  fields[kMakeSocket] = kOff | kLen | kFlg;
  return fields;
}
constexpr auto kFields = make_fields();

bool only_its_fields(const Submission& s) {
  const std::uint8_t fields = kFields[s.operation];
  const auto none = [&](Field field, bool set) { return (fields & field) != 0 || !set; };
  return none(kOff, s.offset != 0) && none(kAddr, s.address != 0) && none(kLen, s.length != 0) &&
         none(kFlg, s.flags != 0) && none(kBuf, s.buffer != 0) && none(kOther, s.other_descriptor != 0) &&
         none(kPrio, s.priority != 0);
}

// Those whose descriptor may be a place among the registered files.
bool takes_fixed_file(std::uint8_t operation) {
  switch (operation) {
    case kNop: case kReadVector: case kWriteVector: case kReadFixed: case kWriteFixed: case kRead: case kWrite: case kFsync:
    case kPollAdd: case kFallocate: case kSplice: case kTee:
      return true;
    default: return false;
  }
}

// --- files

Result<Ref<File>> registered_file(const IoRing& ring, std::int32_t place) {
  if (place < 0 || static_cast<std::size_t>(place) >= ring.files.size()) return fail(Errno::ebadf);
  const Ref<File>& file = ring.files[static_cast<std::size_t>(place)];
  return file ? Result<Ref<File>>(file) : fail(Errno::ebadf);
}

Result<void> find_file(Request& request) {
  if (request.file) return {};
  const std::int32_t descriptor = request.submission.descriptor;
  if (request.has(kFixedFile)) request.file = TRY(registered_file(request.ring, descriptor));
  else request.file = TRY(file_at(static_cast<std::uint32_t>(descriptor)));
  return {};
}

// While it lives, nobody who uses the file sleeps. Others do not see it: the big lock is held.
class WithoutWaiting {
 public:
  explicit WithoutWaiting(File& file) : file_(&file), flags_(file.flags()) { file.set_flags(flags_ | kOpenNonBlock); }
  ~WithoutWaiting() { file_->set_flags(flags_); }
  WithoutWaiting(const WithoutWaiting&) = delete;
  WithoutWaiting& operator=(const WithoutWaiting&) = delete;

 private:
  Ref<File> file_;
  std::uint32_t flags_;
};

bool refuses_to_wait(const Submission& s) {
  constexpr std::uint32_t kDontWait = 0x40;  // MSG_DONTWAIT
  const bool message = s.operation == kSend || s.operation == kReceive || s.operation == kSendMessage || s.operation == kReceiveMessage;
  return message && (s.flags & kDontWait) != 0;
}

// Waits for the file, or answers EAGAIN where that would be for ever or was not wanted. As on Linux, O_NONBLOCK
// is for who calls: a request waits all the same.
Outcome wait_for(Request& request, File& file) {
  if (refuses_to_wait(request.submission)) return fail(Errno::eagain);
  request.watch(file);
  if (!request.watching()) return fail(Errno::eagain);
  return std::nullopt;
}

template <typename Act>
Outcome act_on_file(Request& request, std::uint32_t wanted, Act act) {
  if (auto found = find_file(request); !found) return fail(found.error());
  File& file = *request.file;
  if (file.pollable() && (file.poll(nullptr) & (wanted | kPollError | kPollHangup | kPollInvalid)) == 0)
    return wait_for(request, file);
  Result<std::int64_t> done = [&] {
    WithoutWaiting scope(file);
    return act(file);
  }();
  if (!done && done.error() == Errno::eagain && file.pollable()) return wait_for(request, file);
  return done;
}

// --- reading and writing

Result<std::array<GuestRange, 1>> plain_range(const Request& request) {
  const Submission& s = request.submission;
  const std::array<GuestRange, 1> range{GuestRange{s.address, std::min<std::uint64_t>(s.length, IoRanges::kMostBytes)}};
  if (request.operation() != kReadFixed && request.operation() != kWriteFixed) return range;
  if (s.buffer >= request.ring.buffers.size()) return fail(Errno::efault);
  const GuestRange& whole = request.ring.buffers[s.buffer];
  const std::uint64_t skipped = s.address - whole.address;
  if (s.address < whole.address || skipped > whole.bytes || s.length > whole.bytes - skipped) return fail(Errno::efault);
  return range;
}

Result<std::int64_t> transfer_now(Request& request, File& file, bool writes) {
  constexpr std::uint64_t kCurrent = ~std::uint64_t{0};
  if (writes ? !file.writable() : !file.readable()) return fail(Errno::ebadf);
  const auto range = TRY(plain_range(request));
  IoBuffer buffer = request.ranges ? request.ranges->buffer() : IoBuffer::guest(range);
  std::uint64_t own = request.submission.offset;
  const bool given = file.seekable() && own != kCurrent;
  if (given && static_cast<std::int64_t>(own) < 0) return fail(Errno::einval);
  std::uint64_t& position = given ? own : file.position;
  const std::size_t moved = TRY(writes ? file.write(buffer, position) : file.read(buffer, position));
  if (moved != 0) notify(file, writes ? kNotifyModify : kNotifyAccess);
  return static_cast<std::int64_t>(moved);
}

Outcome transfer(Request& request, bool writes) {
  return act_on_file(request, writes ? kPollOut : kPollIn, [&](File& file) { return transfer_now(request, file, writes); });
}

bool is_transfer(Operation operation) {
  return operation == kReadVector || operation == kWriteVector || operation == kReadFixed || operation == kWriteFixed ||
         operation == kRead || operation == kWrite;
}

Result<std::int64_t> sync_file(Request& request) {
  TRY(find_file(request));
  const Ref<Inode> inode = request.file->inode();
  const bool storage = inode && (inode->type() == kRegular || inode->directory());
  return storage ? Result<std::int64_t>(0) : fail(Errno::einval);
}

Result<std::int64_t> allocate(Request& request) {
  const Submission& s = request.submission;
  TRY(find_file(request));
  return allocate_in_file(*request.file, s.length, s.offset, s.address);
}

Outcome move_between(Request& request) {
  const Submission& s = request.submission;
  auto from = (s.flags & kSpliceFixedIn) != 0 ? registered_file(request.ring, s.other_descriptor)
                                             : file_at(static_cast<std::uint32_t>(s.other_descriptor));
  if (!from) return fail(from.error());
  if (auto found = find_file(request); !found) return fail(found.error());
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  constexpr std::uint32_t kNonBlock = 2;
  const std::uint32_t flags = s.flags & ~kSpliceFixedIn;
  SpliceEnd in{**from, s.address == kNone ? std::nullopt : std::optional(s.address)};
  SpliceEnd out{*request.file, s.offset == kNone ? std::nullopt : std::optional(s.offset)};
  const auto done = [&] {
    WithoutWaiting first(in.file), second(out.file);
    return request.operation() == kTee ? tee_files(in.file, out.file, s.length, flags | kNonBlock)
                                       : splice_files(in, out, s.length, flags | kNonBlock);
  }();
  if (done || done.error() != Errno::eagain || (flags & kNonBlock) != 0) return done;
  // Whichever of them changes: then both are tried again.
  request.watch(in.file);
  request.watch(out.file);
  return request.watching() ? Outcome() : Outcome(done);
}

// --- waiting

Outcome poll_file(Request& request) {
  if (auto found = find_file(request); !found) return fail(found.error());
  const std::uint32_t wanted = request.submission.flags | kPollError | kPollHangup;
  const std::uint32_t events = request.file->poll(nullptr) & wanted;
  const bool several = (request.submission.length & kPollMulti) != 0;
  if (events != 0 && !several) return Result<std::int64_t>(events);
  if (events != 0) request.ring.tell(request, static_cast<std::int32_t>(events), kCompletionMore);
  request.watch(*request.file);
  return std::nullopt;
}

void arm(Request& request) {
  request.timer.action = [](TimerEntry&, void* argument) {
    Request& passed = *static_cast<Request*>(argument);
    const Ref<File> keep(&passed.ring);
    passed.ring.complete(passed, -static_cast<std::int32_t>(Errno::etime));
  };
  request.timer.argument = &request;
  arm_timer(request.timer, request.due_ns());
}

Outcome begin_timeout(Request& request) {
  if (request.submission.offset != 0) request.ring.count_timeout(request, request.submission.offset & 0xffff'ffff);
  arm(request);
  return std::nullopt;
}

// TIMEOUT_REMOVE: takes one away, or gives it another time.
Result<std::int64_t> change_timeout(Request& request) {
  const Submission& s = request.submission;
  Request* const found = request.ring.find([&](const Request& other) {
    return other.operation() == kTimeout && other.submission.user_data == s.address && other.timer.armed();
  });
  if (found == nullptr) return fail(Errno::enoent);
  if ((s.flags & kTimeoutUpdate) == 0) {
    request.ring.complete(*found, -static_cast<std::int32_t>(Errno::ecanceled));
    return 0;
  }
  found->time_ns = request.time_ns;
  found->absolute = request.absolute;
  disarm_timer(found->timer);
  arm(*found);
  return 0;
}

Result<std::int64_t> cancel_others(Request& request) {
  const Submission& s = request.submission;
  const bool any = (s.flags & kCancelAny) != 0, by_file = (s.flags & kCancelByFile) != 0;
  const bool all = any || (s.flags & kCancelAll) != 0;
  Ref<File> file;
  if (by_file) file = TRY(file_at(static_cast<std::uint32_t>(s.descriptor)));
  const std::uint32_t count = request.ring.cancel(&request, all, [&](const Request& other) {
    return any || (by_file ? other.file == file : other.submission.user_data == s.address);
  });
  if (all) return count;
  return count != 0 ? Result<std::int64_t>(0) : fail(Errno::enoent);
}

// --- what is left

Result<std::int64_t> open_file(const Submission& s) {
  const auto directory = static_cast<std::uint64_t>(static_cast<std::int64_t>(s.descriptor));
  if (s.operation == kOpenAt) return open_without_waiting(directory, s.address, s.flags, s.length, 0);
  const abi::OpenHow how = TRY(read_open_how(s.offset, s.length));
  return open_without_waiting(directory, s.address, low32(how.flags), low32(how.mode), how.resolve);
}

Result<std::int64_t> close_file(const Submission& s) {
  const Ref<File> file = TRY(any_file_at(static_cast<std::uint32_t>(s.descriptor)));
  if (file->io_ring() != nullptr) return fail(Errno::ebadf);
  TRY(current_files().close(s.descriptor));
  return 0;
}

// --- before it starts

Result<void> read_timeout(Request& request, std::uint64_t address, std::uint32_t flags) {
  const auto time = TRY(read_guest<GuestTimespec>(address));
  request.time_ns = TRY(ns_of(time));
  request.absolute = (flags & kTimeoutAbsolute) != 0;
  if (!request.absolute || (flags & kTimeoutRealtime) == 0) return {};
  const std::uint64_t offset = clock_scale.realtime_offset_ns;
  request.time_ns = request.time_ns > offset ? request.time_ns - offset : 0;
  return {};
}

Result<void> prepare_timeout(Request& request) {
  constexpr std::uint32_t kClocks = kTimeoutBoottime | kTimeoutRealtime;
  const Submission& s = request.submission;
  if (s.length != 1 || (s.flags & ~(kTimeoutAbsolute | kClocks | kTimeoutSuccess)) != 0 || (s.flags & kClocks) == kClocks)
    return fail(Errno::einval);
  return read_timeout(request, s.address, s.flags);
}

Result<void> prepare_timeout_change(Request& request) {
  const Submission& s = request.submission;
  if ((s.flags & kTimeoutUpdate) == 0) return s.flags == 0 ? Result<void>{} : fail(Errno::einval);
  if ((s.flags & ~(kTimeoutUpdate | kTimeoutAbsolute)) != 0) return fail(Errno::einval);
  return read_timeout(request, s.offset, s.flags);
}

}  // namespace

bool operation_supported(std::uint8_t operation) {
  if (operation >= kOperationCount) return false;
  return operation == kClose || (kFields[operation] != 0 && plain_call_there(static_cast<Operation>(operation)));
}

Result<void> prepare(Request& request) {
  constexpr std::uint8_t kKnown = kFixedFile | kDrain | kLink | kHardLink | kAsync | kBufferSelect | kSkipSuccess;
  const Submission& s = request.submission;
  if (!operation_supported(s.operation) || (s.options & ~kKnown) != 0 || s.personality != 0) return fail(Errno::einval);
  if (request.has(kBufferSelect)) return fail(Errno::eopnotsupp);
  if (!only_its_fields(s)) return fail(Errno::einval);
  if (request.has(kFixedFile) && !takes_fixed_file(s.operation)) return fail(Errno::ebadf);
  switch (s.operation) {
    case kReadVector: case kWriteVector:
      if (s.flags != 0) return fail(Errno::eopnotsupp);
      request.ranges = TRY(IoRanges::read(s.address, s.length));
      return {};
    case kReadFixed: case kWriteFixed: case kRead: case kWrite:
      return s.flags == 0 ? Result<void>{} : fail(Errno::eopnotsupp);
    case kFsync: return (s.flags & ~kFsyncData) == 0 ? Result<void>{} : fail(Errno::einval);
    case kPollAdd: return (s.length & ~kPollMulti) == 0 ? Result<void>{} : fail(Errno::einval);
    case kTimeout: case kLinkTimeout: return prepare_timeout(request);
    case kTimeoutRemove: return prepare_timeout_change(request);
    case kAsyncCancel:
      if ((s.flags & ~(kCancelAll | kCancelByFile | kCancelAny)) != 0) return fail(Errno::einval);
      return (s.flags & (kCancelByFile | kCancelAny)) != (kCancelByFile | kCancelAny) ? Result<void>{} : fail(Errno::einval);
    default: return {};
  }
}

Outcome attempt(Request& request) {
  const Submission& s = request.submission;
  switch (s.operation) {
    case kNop: return 0;
    case kReadVector: case kReadFixed: case kRead: return transfer(request, false);
    case kWriteVector: case kWriteFixed: case kWrite: return transfer(request, true);
    case kFsync: return sync_file(request);
    case kFallocate: return allocate(request);
    case kPollAdd: return poll_file(request);
    case kPollRemove: {
      const std::uint32_t count = request.ring.cancel(&request, false, [&](const Request& other) {
        return other.operation() == kPollAdd && other.submission.user_data == s.address;
      });
      return count != 0 ? Result<std::int64_t>(0) : fail(Errno::enoent);
    }
    case kTimeout: return begin_timeout(request);
    case kTimeoutRemove: return change_timeout(request);
    case kAsyncCancel: return cancel_others(request);
    case kOpenAt: case kOpenAt2: return open_file(s);
    case kClose: return close_file(s);
    case kFilesUpdate: return update_files(request.ring, low32(s.offset), s.address, s.length);
    case kSplice: case kTee: return move_between(request);
    case kSendMessage: case kSend: case kConnect:
      return act_on_file(request, kPollOut, [&](File&) { return plain_call(s); });
    case kReceiveMessage: case kReceive: case kAccept:
      return act_on_file(request, kPollIn, [&](File&) { return plain_call(s); });
    case kLinkTimeout: return fail(Errno::einval);  // one behind another
    default: return plain_call(s);
  }
}

bool falls_short(const Request& request, std::int32_t result) {
  const Operation operation = request.operation();
  if (operation == kSplice || operation == kTee) return result != static_cast<std::int32_t>(request.submission.length);
  if (!is_transfer(operation)) return false;
  const std::uint64_t wanted = request.ranges ? request.ranges->buffer().remaining() : request.submission.length;
  return result < 0 || static_cast<std::uint64_t>(result) != wanted;
}

}  // namespace tessera::lx
