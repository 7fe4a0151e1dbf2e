// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/thread.hpp"

#include <abi/nucleus.client.hpp>
#include <atomic>

#include "lib/rt/raw_memory.hpp"
#include "lib/rt/stacks.hpp"

namespace tessera::rt {

extern "C" [[noreturn]] void tessera_thread_main(ThreadBlock* block);

// Where tessera_thread_start ends up.
void tessera_thread_main(ThreadBlock* block) {
  block->entry(block->argument);
  const Handle own = block->thread;
  std::atomic_ref(block->exited).store(1, std::memory_order_release);
  for (;;) (void)abi::thread_suspend(own);
}

namespace {

std::expected<void, abi::Error> prepare(const ThreadBlock& block, const StackPlace& place, const Thread::Options& options) {
  const OwnObjects& own = objects().own();
  const Handle thread = block.thread;
  if (const auto done = abi::thread_configure(thread, own.table, own.space, place.memory, place.message_offset, own.supervisor); !done) {
    return done;
  }
  const std::uint64_t base = address_of(&block);
  // As after a call: rsp % 16 == 8.
  if (const auto done = abi::thread_set_registers(thread, address_of(&arch::tessera_thread_start), base - 8, base, base); !done) {
    return done;
  }
  if (const auto done = abi::thread_schedule(thread, own.budget, options.priority); !done) return done;
  if (options.start) return abi::thread_resume(thread);
  return {};
}

void free_parts(ThreadBlock& block) {
  if (block.thread != 0) objects().discard(block.thread);
  if (block.notification != 0) objects().discard(block.notification);
  block.thread = block.notification = 0;
  stacks().give_back(block);
}

}  // namespace

std::expected<Thread, abi::Error> Thread::create(const Options& options) {
  const auto place = stacks().take();
  if (!place) return std::unexpected(place.error());
  ThreadBlock& block = *place->block;
  block.entry = options.entry;
  block.argument = options.argument;
  block.user = options.user;
  block.frames = nullptr;
  const auto thread = objects().make(abi::ObjectType::thread);
  const auto notification = thread ? objects().make(abi::ObjectType::notification) : thread;
  block.thread = thread.value_or(0);
  block.notification = notification.value_or(0);
  const auto done = !notification ? std::unexpected(notification.error()) : prepare(block, *place, options);
  if (!done) {
    free_parts(block);
    return std::unexpected(done.error());
  }
  Thread result;
  result.block_ = &block;
  return result;
}

bool Thread::finished() const { return block_ == nullptr || std::atomic_ref(block_->exited).load(std::memory_order_acquire) != 0; }

void Thread::destroy() {
  if (block_ == nullptr) return;
  free_parts(*block_);
  block_ = nullptr;
}

}  // namespace tessera::rt
