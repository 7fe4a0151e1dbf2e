// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/ring.hpp"

#include <algorithm>
#include <bit>

#include "components/linux/core/frames.hpp"
#include "components/linux/io_ring/operations.hpp"
#include "components/linux/io_ring/rings.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

using namespace ring_abi;

// Where the parts of the first mapping lie. The two sides' words are on cache lines of their own.
constexpr std::uint32_t kSubmissionHead = 0, kSubmissionTail = 4, kCompletionHead = 64, kCompletionTail = 68,
                        kSubmissionMask = 128, kCompletionMask = 132, kSubmissionEntries = 136, kCompletionEntries = 140,
                        kDropped = 144, kSubmissionFlags = 148, kCompletionFlags = 152, kOverflowed = 156,
                        kCompletionsStart = 192;
constexpr std::size_t kMostOverflow = 65536;
// A time limit that comes while its request is being tried looks again after this.
constexpr std::uint64_t kRetryNs = 1'000'000;

constexpr std::int32_t negative(Errno error) { return -static_cast<std::int32_t>(error); }

std::uint32_t array_start(std::uint32_t completions) {
  return kCompletionsStart + completions * static_cast<std::uint32_t>(sizeof(Completion));
}

}  // namespace

std::vector<IoRing*>& all_rings() {
  static auto* all = new std::vector<IoRing*>;
  return *all;
}

std::uint64_t most_ring_requests() { return frame_counts().total; }

Result<Ref<IoRing>> IoRing::make(Parameters& parameters) {
  const std::uint32_t array = array_start(parameters.completions);
  Ref<RingMemory> rings = TRY(RingMemory::make(array + std::uint64_t{parameters.submissions} * sizeof(std::uint32_t)));
  Ref<RingMemory> entries = TRY(RingMemory::make(std::uint64_t{parameters.submissions} * sizeof(Submission)));
  rings->store(kSubmissionMask, parameters.submissions - 1);
  rings->store(kCompletionMask, parameters.completions - 1);
  rings->store(kSubmissionEntries, parameters.submissions);
  rings->store(kCompletionEntries, parameters.completions);
  parameters.submission_offsets = {.head = kSubmissionHead, .tail = kSubmissionTail, .ring_mask = kSubmissionMask,
                                   .ring_entries = kSubmissionEntries, .flags = kSubmissionFlags, .dropped = kDropped,
                                   .array = array};
  parameters.completion_offsets = {.head = kCompletionHead, .tail = kCompletionTail, .ring_mask = kCompletionMask,
                                   .ring_entries = kCompletionEntries, .overflow = kOverflowed,
                                   .entries = kCompletionsStart, .flags = kCompletionFlags};
  return Ref<IoRing>(new IoRing(parameters, std::move(rings), std::move(entries)));
}

IoRing::IoRing(const Parameters& parameters, Ref<RingMemory> rings, Ref<RingMemory> submissions)
    : File(kOpenReadWrite), submissions_(parameters.submissions), completions_(parameters.completions),
      submit_all_((parameters.flags & kSetupSubmitAll) != 0), rings_(std::move(rings)), entries_(std::move(submissions)) {
  all_rings().push_back(this);
}

IoRing::~IoRing() { std::erase(all_rings(), this); }

Result<Ref<Backing>> IoRing::mapping(std::uint64_t offset, std::uint64_t bytes, bool shared) {
  const bool of_rings = offset == kMapSubmissionRing || offset == kMapCompletionRing;
  if ((!of_rings && offset != kMapSubmissions) || !shared) return fail(Errno::einval);
  const Ref<RingMemory>& memory = of_rings ? rings_ : entries_;
  if (bytes > memory->bytes()) return fail(Errno::einval);
  return Ref<Backing>(memory);
}

std::uint32_t IoRing::poll(PollTable* table) {
  if (table != nullptr) table->add(completion_queue_);
  const bool full = rings_->load(kSubmissionTail) - submission_head_ >= submissions_;
  const bool any = available() != 0 || !overflow_.empty();
  return (full ? 0 : kPollOut | kPollWriteNormal) | (any ? kPollIn | kPollReadNormal : 0);
}

// --- completions

// What the program has not taken yet, as far as its word can be believed.
std::uint32_t IoRing::available() const {
  return std::min(completion_tail_ - rings_->load(kCompletionHead), completions_);
}

void IoRing::publish(const Completion& completion) {
  const std::uint64_t index = completion_tail_ & (completions_ - 1);
  rings_->put(kCompletionsStart + index * sizeof completion, completion);
  rings_->store(kCompletionTail, ++completion_tail_);
}

void IoRing::post(const Completion& completion, bool counts) {
  if (overflow_.empty() && room()) {
    publish(completion);
  } else if (overflow_.size() < kMostOverflow) {
    overflow_.push_back(completion);
    rings_->store(kSubmissionFlags, kSubmissionFlagOverflow);
  } else {
    rings_->store(kOverflowed, ++lost_);
  }
  if (counts) ++completed_;
  completion_queue_.wake_all();
  if (!event_file) return;
  const std::uint64_t one = 1;
  std::uint64_t position = 0;
  const std::uint32_t flags = event_file->flags();
  event_file->set_flags(flags | kOpenNonBlock);  // a full counter has told already
  IoBuffer from = IoBuffer::local(std::as_bytes(std::span<const std::uint64_t, 1>(&one, 1)));
  (void)event_file->write(from, position);
  event_file->set_flags(flags);
}

void IoRing::flush_overflow() {
  if (overflow_.empty()) return;
  while (!overflow_.empty() && room()) {
    publish(overflow_.front());
    overflow_.pop_front();
  }
  if (overflow_.empty()) rings_->store(kSubmissionFlags, 0);
}

void IoRing::tell(const Request& request, std::int32_t result, std::uint32_t flags) {
  post({.user_data = request.submission.user_data, .result = result, .flags = flags}, true);
}

void IoRing::count_timeout(Request& request, std::uint64_t completions) {
  request.target = completed_ + completions;
  ++counting_timeouts_;
}

// Timeouts that count completions and have seen enough of them.
void IoRing::settle_timeouts() {
  if (settling_) return;
  settling_ = true;
  while (counting_timeouts_ != 0) {
    Request* const due = find([&](const Request& request) { return request.target != 0 && request.target <= completed_; });
    if (due == nullptr) break;
    complete(*due, 0);
  }
  settling_ = false;
}

void IoRing::end_chain(std::list<Request> chain) {
  for (const Request& request : chain) {
    const std::int32_t result = request.refused != 0 ? request.refused : negative(Errno::ecanceled);
    post({.user_data = request.submission.user_data, .result = result}, true);
  }
}

void IoRing::complete(Request& request, std::int32_t result, std::uint32_t flags) {
  std::list<Request> done;
  done.splice(done.end(), *request.home, request.place);
  disarm_timer(request.timer);
  const bool times = request.operation() == kTimeout;
  if (request.target != 0) --counting_timeouts_;
  const bool timed_well = times && result == negative(Errno::etime) && (request.submission.flags & kTimeoutSuccess) != 0;
  const bool failed = (result < 0 && !timed_well) || falls_short(request, result);
  if (!request.has(kSkipSuccess) || failed)
    post({.user_data = request.submission.user_data, .result = result, .flags = flags}, !times);
  else if (!times)
    ++completed_;
  for (Request& limit : request.limit) {
    disarm_timer(limit.timer);
    post({.user_data = limit.submission.user_data,
          .result = negative(request.limit_passed ? Errno::etime : Errno::ecanceled)}, false);
  }
  if (failed && !request.has(kHardLink)) end_chain(std::move(request.followers));
  else if (!request.followers.empty()) start(request.followers);
  done.clear();
  start_drained();
  settle_timeouts();
}

void IoRing::cancel_thread(const Thread& thread) {
  (void)cancel(nullptr, true, [&](const Request& request) { return &request.thread == &thread; });
}

// --- submissions

// Moves the first of a chain to those under way, with the rest behind it. Its thread runs it.
void IoRing::start(std::list<Request>& from) {
  std::list<Request> chain;
  chain.swap(from);
  Request& head = chain.front();
  head.place = chain.begin();
  live_.splice(live_.end(), chain, chain.begin());
  head.home = &live_;
  if (!chain.empty()) head.followers.swap(chain);
  head.make_ready();
}

void IoRing::start_drained() {
  while (!drained_.empty()) {
    if (live_.empty()) drain_runs_ = false;
    Request& head = drained_.front();
    if (drain_runs_ || (head.drains && !live_.empty())) return;
    drain_runs_ = head.drains;
    live_.splice(live_.end(), drained_, drained_.begin());
    head.home = &live_;
    head.make_ready();
  }
}

void IoRing::enqueue(std::list<Request> chain) {
  if (std::ranges::any_of(chain, [](const Request& request) { return request.refused != 0; }))
    return end_chain(std::move(chain));
  const bool drains = std::ranges::any_of(chain, [](const Request& request) { return request.has(kDrain); });
  if (live_.empty()) drain_runs_ = false;
  if (drained_.empty() && !drain_runs_ && (!drains || live_.empty())) {
    drain_runs_ = drains;
    return start(chain);
  }
  Request& head = chain.front();
  head.drains = drains;
  drained_.splice(drained_.end(), chain, chain.begin());
  head.place = std::prev(drained_.end());
  head.home = &drained_;
  head.followers.swap(chain);
}

Result<std::int64_t> IoRing::submit(std::uint32_t most) {
  Thread& self = current_thread();
  if (self.ring_task == nullptr) self.ring_task = new RingTask;
  const std::uint32_t offered = std::min(rings_->load(kSubmissionTail) - submission_head_, submissions_);
  most = std::min(most, offered);
  std::int64_t taken = 0;
  std::list<Request> chain;
  bool stop = false;
  while (taken < most && !stop && !self.ending) {
    if (Request::count() >= most_ring_requests()) {
      if (taken == 0) return fail(Errno::eagain);
      break;
    }
    const std::uint32_t place = submission_head_ & (submissions_ - 1);
    const std::uint32_t index = rings_->load(array_start(completions_) + place * sizeof(std::uint32_t));
    ++submission_head_;
    if (index >= submissions_) {
      rings_->store(kDropped, ++dropped_);
      break;
    }
    ++taken;
    Request& request = chain.emplace_back(*this, self, entries_->submission(std::uint64_t{index} * sizeof(Submission)));
    auto checked = request.operation() == kLinkTimeout && chain.size() == 1 ? fail(Errno::einval) : prepare(request);
    if (!checked) request.refused = negative(checked.error());
    stop = !checked && !submit_all_;
    if (request.linked() && !stop) continue;
    enqueue(std::exchange(chain, {}));
    run_ring_task(self);
  }
  // A chain that the batch does not end ends with the batch.
  if (!chain.empty()) enqueue(std::move(chain));
  run_ring_task(self);
  rings_->store(kSubmissionHead, submission_head_);
  return taken;
}

void IoRing::run(Request& request) {
  // The time limit on this one is the next of its chain.
  if (request.limit.empty() && !request.followers.empty() && request.followers.front().operation() == kLinkTimeout)
    request.limit.splice(request.limit.end(), request.followers, request.followers.begin());
  request.stop_watching();
  request.busy = true;
  const auto outcome = attempt(request);
  request.busy = false;
  if (outcome) {
    const auto error = outcome->has_value() ? Errno{} : outcome->error();
    constexpr std::int32_t kFirstRestart = 512;
    if (outcome->has_value()) return complete(request, static_cast<std::int32_t>(**outcome));
    return complete(request, negative(static_cast<std::int32_t>(error) >= kFirstRestart ? Errno::eintr : error));
  }
  if (request.limit.empty() || request.limit.front().timer.armed()) return;
  Request& limit = request.limit.front();
  limit.timer.action = [](TimerEntry&, void* argument) {
    Request& limited = *static_cast<Request*>(argument);
    const Ref<File> keep(&limited.ring);
    if (limited.busy) return arm_timer(limited.limit.front().timer, after(monotonic_ns(), kRetryNs));
    limited.limit_passed = true;
    limited.ring.complete(limited, negative(Errno::ecanceled));
  };
  limit.timer.argument = &request;
  arm_timer(limit.timer, limit.due_ns());
}

Result<void> IoRing::wait(std::uint32_t least, std::uint64_t deadline_ns) {
  least = std::min(least, completions_);
  flush_overflow();
  if (available() >= least) return {};
  WaitNode node(current_thread(), completion_queue_);
  for (;;) {
    const Wake wake = sleep(deadline_ns);
    flush_overflow();
    if (available() >= least) return {};
    if (wake == Wake::deadline) return fail(Errno::etime);
    if (wake == Wake::signal) return fail(Errno::eintr);
  }
}

}  // namespace tessera::lx
