// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/watch.hpp"

#include "components/genesis/fatal.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"

namespace tessera::genesis {

namespace {
constexpr std::uint64_t kPriority = 200;
}

Watch::Watch(Handle endpoint) : endpoint_(endpoint) {
  const auto raised = rt::objects().make(abi::ObjectType::notification);
  if (!raised) fatal("no memory for the watch over the hardware: {}", raised.error());
  raised_ = *raised;
  const auto thread = rt::Thread::create({.entry = run, .argument = this, .priority = kPriority});
  if (!thread) fatal("no thread for the watch over the hardware: {}", thread.error());
}

Handle Watch::bell(std::uint64_t bit) const {
  const auto bell = rt::objects().copy(raised_, abi::kRightWrite, bit);
  if (!bell) fatal("no memory for the watch over the hardware: {}", bell.error());
  return *bell;
}

void Watch::run(void* watch) {
  const Watch& self = *static_cast<Watch*>(watch);
  for (;;)
    if (const auto bits = rt::wait_notification(self.raised_, 0)) (void)rt::send(self.endpoint_, {.label = kLabel, .word_count = 1, .words = {*bits}});
}

}  // namespace tessera::genesis
