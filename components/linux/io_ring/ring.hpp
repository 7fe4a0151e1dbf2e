// SPDX-License-Identifier: Apache-2.0
// An io_uring instance: two rings in memory shared with the program, the requests
// that are under way, and what was registered.
//
// The program's half of the indices is read from shared memory each time and
// bounded; the ring's own half is kept here and only published there.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "components/linux/core/io_buffer.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/io_ring/abi.hpp"
#include "components/linux/io_ring/memory.hpp"
#include "components/linux/io_ring/request.hpp"

namespace tessera::lx {

class IoRing final : public File {
 public:
  // `parameters` was checked, and is completed. ENOMEM.
  static Result<Ref<IoRing>> make(ring_abi::Parameters& parameters);
  ~IoRing() override;
  [[nodiscard]] IoRing* io_ring() override { return this; }
  std::uint32_t poll(PollTable* table) override;
  Result<Ref<Backing>> mapping(std::uint64_t offset, std::uint64_t bytes, bool shared) override;

  // Takes up to `most` requests from the ring; how many were taken.
  Result<std::int64_t> submit(std::uint32_t most);
  // Waits until so many completions are there. EINTR, ETIME.
  Result<void> wait(std::uint32_t least, std::uint64_t deadline_ns);

  // Ends a request with a result, tells the program, and sets off what waited for it. The request is gone afterwards.
  void complete(Request& request, std::int32_t result, std::uint32_t flags = 0);
  // A completion of a request that goes on (a poll of several events).
  void tell(const Request& request, std::int32_t result, std::uint32_t flags);
  // Carries a request out, or goes on with it. It may be gone afterwards.
  void run(Request& request);
  // Ends those that `matches`, of all that are under way or wait their turn, with ECANCELED; how many. Never `except`.
  template <typename Matches>
  std::uint32_t cancel(const Request* except, bool all, Matches matches);
  void cancel_thread(const Thread& thread);
  // The first that `matches` and is not being tried, or null.
  template <typename Matches>
  Request* find(Matches matches);
  [[nodiscard]] std::uint64_t completed() const { return completed_; }
  void count_timeout(Request& request, std::uint64_t completions);

  // What was registered (register.cpp).
  std::vector<GuestRange> buffers;
  std::vector<Ref<File>> files;
  bool has_files = false;
  Ref<File> event_file;

 private:
  IoRing(const ring_abi::Parameters& parameters, Ref<RingMemory> rings, Ref<RingMemory> submissions);
  [[nodiscard]] std::uint32_t available() const;
  [[nodiscard]] bool room() const { return available() < completions_; }
  void publish(const ring_abi::Completion& completion);
  void post(const ring_abi::Completion& completion, bool counts);
  void flush_overflow();
  void settle_timeouts();
  void enqueue(std::list<Request> chain);
  void start(std::list<Request>& from);
  void start_drained();
  void end_chain(std::list<Request> chain);

  const std::uint32_t submissions_, completions_;  // entries: powers of two
  const bool submit_all_;
  Ref<RingMemory> rings_, entries_;
  std::uint32_t submission_head_ = 0, completion_tail_ = 0;
  std::uint64_t completed_ = 0;  // without timeouts
  std::uint32_t counting_timeouts_ = 0;
  bool settling_ = false;
  std::list<Request> live_;
  // Chains that wait until all before them are complete (IOSQE_IO_DRAIN).
  std::list<Request> drained_;
  bool drain_runs_ = false;
  std::list<ring_abi::Completion> overflow_;
  std::uint32_t lost_ = 0, dropped_ = 0;
  WaitQueue completion_queue_;
};

// How many requests all rings together may have under way.
std::uint64_t most_ring_requests();

template <typename Matches>
Request* IoRing::find(Matches matches) {
  for (Request& request : live_)
    if (!request.busy && matches(request)) return &request;
  for (Request& request : drained_)
    if (matches(request)) return &request;
  return nullptr;
}

template <typename Matches>
std::uint32_t IoRing::cancel(const Request* except, bool all, Matches matches) {
  constexpr std::int32_t kCanceled = -static_cast<std::int32_t>(Errno::ecanceled);
  std::uint32_t count = 0;
  // Looked for anew each time: ending one may end others.
  while (Request* const found = find([&](const Request& request) { return &request != except && matches(request); })) {
    complete(*found, kCanceled);
    ++count;
    if (!all) break;
  }
  return count;
}

}  // namespace tessera::lx
