// SPDX-License-Identifier: Apache-2.0
// One request of a ring, from its submission to its completion.
//
// It belongs to its ring, which destroys it when it is complete, and is carried
// out by the thread that submitted it, never by another: memory, descriptors and
// rights are that thread's. While it waits it watches the queues of its file; a
// wake puts it on its thread's list (task.hpp). Any context that holds the big
// lock may complete one.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/io_ring/abi.hpp"
#include "components/linux/time/timer_heap.hpp"

namespace tessera::lx {

class IoRing;
class Thread;

class Request final : public WaitWatcher, public PollTable {
 public:
  Request(IoRing& owner, Thread& submitter, const ring_abi::Submission& wanted);
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  IoRing& ring;
  Thread& thread;
  const ring_abi::Submission submission;
  // The ring's list that holds it, and where; set when it starts or waits its turn there.
  std::list<Request>* home = nullptr;
  std::list<Request>::iterator place;
  bool drains = false;  // it, or one of its chain, has IOSQE_IO_DRAIN
  // What runs behind it, in order, should it succeed (IOSQE_IO_LINK).
  std::list<Request> followers;
  // The time limit on it (IORING_OP_LINK_TIMEOUT).
  std::list<Request> limit;
  bool limit_passed = false;
  // It is being tried just now: nobody may end it meanwhile.
  bool busy = false;
  // Does not start: what was found wrong when it was submitted.
  std::int32_t refused = 0;

  Ref<File> file;
  std::optional<IoRanges> ranges;  // of a vector, copied when it was submitted
  TimerEntry timer;
  std::uint64_t time_ns = 0;  // of a timeout, read when it was submitted: a span, or with `absolute` of the monotonic clock
  bool absolute = false;
  [[nodiscard]] std::uint64_t due_ns() const;
  std::uint64_t target = 0;  // of a timeout that counts completions; 0: it does not

  [[nodiscard]] ring_abi::Operation operation() const { return static_cast<ring_abi::Operation>(submission.operation); }
  [[nodiscard]] bool has(std::uint8_t option) const { return (submission.options & option) != 0; }
  [[nodiscard]] bool linked() const { return has(ring_abi::kLink) || has(ring_abi::kHardLink); }
  // Sleeps until its file's queues wake.
  void watch(File& what) { (void)what.poll(this); }
  void stop_watching() { nodes_.clear(); }
  [[nodiscard]] bool watching() const { return !nodes_.empty(); }
  // To be carried out, or looked at again, by its thread.
  void make_ready();
  void taken() { ready_ = false; }
  // Of all rings.
  static std::uint64_t count();

  void add(WaitQueue& queue) override;
  void queue_woke() override { make_ready(); }

 private:
  std::vector<std::unique_ptr<WaitNode>> nodes_;
  std::list<Request*>::iterator ready_place_;
  bool ready_ = false;
};

}  // namespace tessera::lx
