// SPDX-License-Identifier: Apache-2.0
// read and write of pipes beside the calls of other processors: with the big lock shared, so
// that descriptors and threads stay as they are, and the pipe's own. Nothing is held while the
// thread sleeps.
//
// Left to the call that holds the lock alone: other files, what would wait for room or raise a
// signal, pipes that an epoll set or O_ASYNC watches, and memory that is not at hand.
#include <algorithm>
#include <array>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/io_buffer.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/pipe.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/no_faults.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/beside.hpp"

namespace tessera::lx {

namespace {

using Answer = std::optional<std::int64_t>;

Answer number(std::optional<std::size_t> bytes) {
  return bytes ? Answer(static_cast<std::int64_t>(*bytes)) : std::nullopt;
}

// Null for all that is not to be served here. With the big lock shared.
File* pipe_end(const Thread& self, std::uint64_t descriptor) {
  if (InodeWatches::any()) return nullptr;
  File* const file = self.files->find(int32(descriptor));
  return file != nullptr && file->pipe() != nullptr ? file : nullptr;
}

// With the pipe's lock.
Answer read_some(Thread& self, Pipe& pipe, const Arguments& call) {
  const std::array range{GuestRange{call[1], std::min(call[2], IoRanges::kMostBytes)}};
  IoBuffer to = IoBuffer::guest(range);
  const NoFaults present(self);
  return number(pipe.read_at_once(to));
}

// Reads, or goes to where it is woken when there is something: then `place` is set, and nothing is answered yet.
Answer read_or_fall_asleep(Thread& self, File& file, const Arguments& call, std::optional<WaitNode>& place) {
  Pipe& pipe = *file.pipe();
  const rt::LockGuard guard(pipe.lock());
  place.reset();
  if (pipe.used() != 0) return read_some(self, pipe, call);
  if (!pipe.has_writers()) return 0;
  if (file.non_blocking() || !may_sleep_beside(self)) return std::nullopt;
  place.emplace(self, pipe.read_queue());
  fall_asleep(self);
  return std::nullopt;
}

// Of the thread that sleeps for the pipe: what it read in the end. The reference that it kept may be the last one.
Answer read_after_sleep(Thread& self, Ref<File> file, std::optional<WaitNode>& place, const Arguments& call) {
  Answer answer;
  while (place) {
    sleep_beside(self);
    const SharedBigLock shared(self.placement);
    answer = read_or_fall_asleep(self, *file, call, place);
    if (!place) file.drop_unless_last();
  }
  if (file) {
    const rt::LockGuard alone(big_lock);
    file = nullptr;
  }
  return answer;
}

}  // namespace

std::optional<std::int64_t> beside_read(const Arguments& call) {
  if (call[2] == 0) return std::nullopt;
  Thread& self = *current_or_null();
  Answer answer;
  Ref<File> kept;
  std::optional<WaitNode> place;
  {
    const SharedBigLock shared(self.placement);
    File* const file = pipe_end(self, call[0]);
    if (file == nullptr || !file->readable()) return std::nullopt;
    answer = read_or_fall_asleep(self, *file, call, place);
    if (place) kept = Ref<File>(file);
  }
  if (place) answer = read_after_sleep(self, std::move(kept), place, call);
  self.carrier->unlocked();
  return answer;
}

std::optional<std::int64_t> beside_write(const Arguments& call) {
  if (call[2] == 0) return std::nullopt;
  Thread& self = *current_or_null();
  Answer answer;
  {
    const SharedBigLock shared(self.placement);
    File* const file = pipe_end(self, call[0]);
    if (file == nullptr || !file->writable()) return std::nullopt;
    Pipe& pipe = *file->pipe();
    const std::array range{GuestRange{call[1], std::min(call[2], IoRanges::kMostBytes)}};
    IoBuffer from = IoBuffer::guest(range);
    const NoFaults present(self);
    const rt::LockGuard guard(pipe.lock());
    answer = number(pipe.write_at_once(from));
  }
  self.carrier->unlocked();
  return answer;
}

}  // namespace tessera::lx
