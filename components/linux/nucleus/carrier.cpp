// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/carrier.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>
#include "components/linux/core/guest_access.hpp"
#include <memory>
#include <utility>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/frame_pool.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/nucleus/own_space.hpp"
#include "components/linux/process/thread.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::lx {

namespace {

// A carrier's place: register page, message page, a hole as guard, the stack with
// the runtime's block at its top.
constexpr std::uint64_t kPlaceBytes = 64 * 1024;
constexpr std::size_t kStackPages = 8;
constexpr std::size_t kStackPage = kPlaceBytes / kPageBytes - kStackPages;
// Below the threads that serve timers and the console.
constexpr std::uint64_t kPriority = schedule::kBasePriority;

struct Pool {
  // By the processor that they ran on last: to move one costs both processors.
  std::array<Carrier*, kMostProcessors> free{};
  std::uint64_t next_place = kCarrierWindow;
  Carrier::Body body = nullptr;
};
Pool carriers;

bool map_place(std::uint64_t place, std::array<Frame, 2 + kStackPages>& frames) {
  std::size_t got = 0;
  while (got < frames.size()) {
    const auto frame = allocate_reserved_frame();
    if (!frame) break;
    frames[got++] = *frame;
  }
  const auto all = std::span<const Frame>(frames);
  if (got == frames.size() && map_own(place, all.first(2)) &&
      map_own(place + kStackPage * kPageBytes, all.subspan(2)))
    return true;
  for (std::size_t i = 0; i < got; ++i) release_frame(frames[i]);
  return false;
}

}  // namespace

void Carrier::set_body(Body body) { carriers.body = body; }

Carrier* Carrier::take_free(unsigned processor) {
  Carrier*& first = carriers.free.at(processor);
  Carrier* const carrier = first;
  if (carrier != nullptr) first = carrier->next_free_;
  return carrier;
}

Result<Carrier*> Carrier::take(unsigned processor) {
  Carrier* found = take_free(processor);
  if (found == nullptr && several_processors)
    for_each_processor(processors(), [&](unsigned other) {
      if (found == nullptr) found = take_free(other);
    });
  if (found != nullptr) return found;
  return make();
}

void Carrier::give_back() {
  Carrier*& first = carriers.free.at(processor_);
  next_free_ = first;
  first = this;
}

Result<Carrier*> Carrier::make() {
  // Memory for threads is refused to guests before the heap's reserve is touched.
  const FrameCounts counts = frame_counts();
  if (counts.free < counts.total / 32 + 32 || carriers.next_place >= kCarrierWindowEnd) return fail(Errno::eagain);
  const std::uint64_t place = carriers.next_place;
  std::array<Frame, 2 + kStackPages> frames{};
  if (!map_place(place, frames)) return fail(Errno::eagain);
  // From here on a failure leaves the place to the next attempt's successor; it is rare and bounded by memory.
  carriers.next_place += kPlaceBytes;

  const rt::OwnObjects& own = rt::objects().own();
  const auto thread = rt::objects().make(tessera::abi::ObjectType::thread);
  if (!thread) return fail(Errno::eagain);
  const auto notification = rt::objects().make(tessera::abi::ObjectType::notification);
  if (!notification) {
    rt::objects().discard(*thread);
    return fail(Errno::eagain);
  }
  auto* const carrier = new Carrier;
  carrier->thread_ = *thread;
  carrier->notification_ = *notification;
  std::ranges::fill(frame_bytes(frames[0]), std::byte{0});
  carrier->guest_ = &rt::object_at<tessera::abi::GuestState>(place);

  auto* const block =
      std::construct_at(&rt::object_at<rt::ThreadBlock>(place + kPlaceBytes - rt::kThreadBlockBytes));
  block->self = block;
  block->message_page = &rt::object_at<tessera::abi::MessagePage>(place + kPageBytes);
  block->thread = *thread;
  block->notification = *notification;
  block->entry = [](void* self) { main(static_cast<Carrier*>(self)); };
  block->argument = carrier;
  block->shelf = carrier->processor_;
  carrier->block_ = block;

  const FrameLocation state = frame_location(frames[0]);
  const FrameLocation message = frame_location(frames[1]);
  const std::uint64_t base = rt::address_of(block);
  const bool ready =
      tessera::abi::thread_configure(*thread, own.table, own.space, message.memory, message.offset, own.supervisor) &&
      tessera::abi::thread_set_registers(*thread, rt::address_of(&rt::arch::tessera_thread_start), base - 8, base, base) &&
      tessera::abi::thread_schedule(*thread, budget_of(first_processor()), kPriority) &&
      tessera::abi::thread_set_guest_state(*thread, state.memory, state.offset) &&
      tessera::abi::thread_set_fixup(*thread, rt::address_of(&guest_access_begin), rt::address_of(&guest_access_end),
                                     rt::address_of(&guest_access_fixup)) &&
      tessera::abi::thread_resume(*thread);
  if (!ready) {
    rt::objects().discard(*thread);
    rt::objects().discard(*notification);
    delete carrier;
    return fail(Errno::eagain);
  }
  carrier->told_.begin(*thread);
  return carrier;
}

// Its whole life: wait for a thread, carry it, wait again. Once it is given back it may be
// set off at any time.
NO_THREAD_SAFETY_ANALYSIS void Carrier::main(Carrier* self) {
  for (;;) {
    Thread* thread = self->job_.load(std::memory_order_acquire);
    for (; thread == nullptr; thread = self->job_.load(std::memory_order_acquire)) (void)self->wait(kNoDeadline);
    self->job_.store(nullptr, std::memory_order_relaxed);
    self->job_start_ns_.store(tessera::abi::thread_time(self->thread_).value_or(0), std::memory_order_relaxed);
    carriers.body(*thread);
    self->told_.job_ended();
    self->give_back();
    big_lock.unlock();
    self->unlocked();
  }
}

void Carrier::start(Thread& thread) {
  thread.carrier = this;
  thread.in_guest = !thread.attention;
  job_start_ns_.store(kNotBegun, std::memory_order_relaxed);
  told_.job(thread_, wish_of(thread), processor_);
  job_.store(&thread, std::memory_order_release);
  wake_after_unlock();
}

std::uint64_t Carrier::job_ns() const {
  const auto ran = tessera::abi::thread_time(thread_);
  const std::uint64_t start = job_start_ns_.load(std::memory_order_relaxed);
  return ran && *ran > start ? *ran - start : 0;
}

void Carrier::wake() { (void)rt::notify(notification_); }

void Carrier::wake_after_unlock() {
  Thread* const caller = several_processors ? current_or_null() : nullptr;
  Carrier* const own = caller != nullptr ? caller->carrier : nullptr;
  if (own == nullptr || own->to_wake_ != nullptr) return wake();
  own->to_wake_ = this;
}

void Carrier::wake_awaited() { std::exchange(to_wake_, nullptr)->wake(); }

void Carrier::run_on(unsigned processor) {
  if (processor == processor_) return;
  if (!tessera::abi::thread_schedule(thread_, budget_of(processor), kPriority)) return;
  processor_ = processor;
  block_->shelf.store(processor, std::memory_order_relaxed);
  told_.processor(processor);
}
void Carrier::kick() { (void)tessera::abi::thread_kick(thread_); }

bool Carrier::wait(std::uint64_t deadline_ns) {
  told_.rests();
  const auto done = rt::wait_notification(notification_, deadline_ns == kNoDeadline ? 0 : std::max<std::uint64_t>(deadline_ns, 1));
  return done.has_value() || done.error() != tessera::abi::Error::timed_out;
}

void Carrier::refused() { rt::panic("guest_run was refused"); }

void Carrier::sync() {
  // What the personality wrote and the nucleus has not loaded yet is newer.
  if (guest_->load_extended != 0) return;
  (void)tessera::abi::thread_sync_guest(thread_);
}

}  // namespace tessera::lx
