// SPDX-License-Identifier: Apache-2.0
// ptrace(2).
#include <algorithm>
#include <vector>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/mask.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/unsupported.hpp"
#include "components/linux/trace/call_info.hpp"
#include "components/linux/trace/link.hpp"
#include "components/linux/trace/registers.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

enum class Request : std::uint64_t {
  trace_me = 0, peek_text = 1, peek_data = 2, peek_user = 3, poke_text = 4, poke_data = 5, poke_user = 6, go_on = 7,
  kill = 8, single_step = 9, get_registers = 12, set_registers = 13, get_floating = 14, set_floating = 15, attach = 16,
  detach = 17, to_next_call = 24, set_options = 0x4200, get_message = 0x4201, get_info = 0x4202, set_info = 0x4203,
  get_register_set = 0x4204, set_register_set = 0x4205, seize = 0x4206, interrupt = 0x4207, listen = 0x4208,
  peek_info = 0x4209, get_mask = 0x420a, set_mask = 0x420b, get_call_info = 0x420e,
};

using Answer = Result<std::int64_t>;

struct Asked {
  Thread& tracee;
  std::uint64_t address, data;
  [[nodiscard]] Tracee& traced() const { return *tracee.traced; }
};

Answer trace_me() {
  Thread& self = current_thread();
  Process* const parent = self.process.parent;
  if (self.traced || parent == nullptr || parent->life != Life::alive || parent->threads.empty()) return fail(Errno::eperm);
  Thread* const maker = registry().thread(self.process.maker);
  Thread& tracer = maker != nullptr && &maker->process == parent ? *maker : *parent->leader();
  TRY(may_trace(tracer, self));
  link_tracee(tracer, self, 0, false);
  return 0;
}

Answer attach(std::int32_t tid, std::uint64_t address, std::uint64_t data, bool seize) {
  if (seize && (address != 0 || (data & ~std::uint64_t{kTraceOptions}) != 0)) return fail(Errno::eio);
  Thread& self = current_thread();
  Thread* const thread = registry().thread(tid);
  if (thread == nullptr) return fail(registry().process(tid) != nullptr ? Errno::eperm : Errno::esrch);
  if (&thread->process == &self.process || thread->ending || thread->traced) return fail(Errno::eperm);
  TRY(may_trace(self, *thread));
  link_tracee(self, *thread, seize ? static_cast<std::uint32_t>(data) : 0, seize);
  if (!seize) (void)send_to_thread(*thread, SignalInfo::plain(kSigStop, kCodeKernel));
  // One that is stopped already shows that to its tracer.
  if (thread->process.stopped) {
    thread->attention = true;
    wake_thread(*thread);
  }
  return 0;
}

bool signal_or_none(std::uint64_t signal) { return signal <= kSignalCount; }

Answer go_on(const Asked& asked, GoOn how) {
  if (!signal_or_none(asked.data)) return fail(Errno::eio);
  resume_tracee(asked.tracee, how, static_cast<int>(asked.data));
  return 0;
}

Answer detach(const Asked& asked) {
  if (!signal_or_none(asked.data)) return fail(Errno::eio);
  unlink_tracee(asked.tracee, static_cast<int>(asked.data));
  return 0;
}

// --- memory

Answer peek(const Asked& asked) {
  std::uint64_t word = 0;
  const auto bytes = std::as_writable_bytes(std::span(&word, 1));
  if (!asked.tracee.memory || asked.tracee.memory->read_by_force(bytes, asked.address) != sizeof word) return fail(Errno::eio);
  TRY(write_guest(asked.data, word));
  return 0;
}

Answer poke(const Asked& asked) {
  const auto bytes = std::as_bytes(std::span(&asked.data, 1));
  if (!asked.tracee.memory || asked.tracee.memory->write_by_force(asked.address, bytes) != sizeof asked.data)
    return fail(Errno::eio);
  return 0;
}

// --- registers

// `from` may be shorter than the set: the rest keeps its value.
Result<void> write_set(Thread& thread, std::uint64_t set, std::span<const std::byte> from) {
  std::vector<std::byte> bytes = read_register_set(thread, set);
  const std::size_t given = std::min(from.size(), bytes.size());
  std::ranges::copy(from.first(given), bytes.begin());
  return write_register_set(thread, set, bytes, given);
}

Answer get_whole_set(const Asked& asked, std::uint64_t set) {
  if (!kWholeSetRequests) return fail(Errno::eio);
  const std::vector<std::byte> bytes = read_register_set(asked.tracee, set);
  if (!copy_to_guest(asked.data, bytes)) return fail(Errno::efault);
  return 0;
}

Answer set_whole_set(const Asked& asked, std::uint64_t set) {
  if (!kWholeSetRequests) return fail(Errno::eio);
  std::vector<std::byte> bytes = read_register_set(asked.tracee, set);
  TRY(copy_from_guest(bytes, asked.data));
  TRY(write_set(asked.tracee, set, bytes));
  return 0;
}

Answer register_set(const Asked& asked, bool write) {
  auto vector = TRY(read_guest<abi::IoVector>(asked.data));
  const std::uint64_t set = asked.address;
  if (!has_register_set(set)) return fail(Errno::einval);
  std::vector<std::byte> bytes = read_register_set(asked.tracee, set);
  if (vector.bytes % std::min<std::uint64_t>(bytes.size(), 8) != 0) return fail(Errno::einval);
  bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(vector.bytes, bytes.size())));
  vector.bytes = bytes.size();
  if (write) {
    TRY(copy_from_guest(bytes, vector.address));
    TRY(write_set(asked.tracee, set, bytes));
  } else {
    TRY(copy_to_guest(vector.address, bytes));
  }
  TRY(write_guest(asked.data, vector));
  return 0;
}

// --- signals

Answer get_info(const Asked& asked) {
  if (!asked.traced().has_info) return fail(Errno::einval);
  TRY(write_guest(asked.data, asked.traced().info));
  return 0;
}

Answer set_info(const Asked& asked) {
  const auto info = TRY(read_guest<SignalInfo>(asked.data));
  if (!asked.traced().has_info) return fail(Errno::einval);
  asked.traced().info = info;
  return 0;
}

Answer peek_info(const Asked& asked) {
  struct Range {
    std::uint64_t from = 0;
    std::uint32_t flags = 0;
    std::int32_t count = 0;
  };
  constexpr std::uint32_t kShared = 1;
  const auto range = TRY(read_guest<Range>(asked.address));
  if ((range.flags & ~kShared) != 0 || range.count < 0) return fail(Errno::einval);
  const SignalQueue& queue = (range.flags & kShared) != 0 ? asked.tracee.process.pending : asked.tracee.pending;
  const auto entries = queue.entries();
  std::int64_t done = 0;
  for (std::uint64_t at = range.from; at < entries.size() && done < range.count; ++at, ++done) {
    const std::uint64_t to = asked.data + static_cast<std::uint64_t>(done) * sizeof(SignalInfo);
    if (!write_guest(to, entries[static_cast<std::size_t>(at)])) return done != 0 ? Answer(done) : fail(Errno::efault);
  }
  return done;
}

Answer get_mask(const Asked& asked) {
  if (asked.address != sizeof(std::uint64_t)) return fail(Errno::einval);
  TRY(write_guest(asked.data, asked.tracee.mask_to_restore.value_or(asked.tracee.blocked).bits()));
  return 0;
}

Answer set_mask(const Asked& asked) {
  if (asked.address != sizeof(std::uint64_t)) return fail(Errno::einval);
  const SignalSet mask(TRY(read_guest<std::uint64_t>(asked.data)));
  asked.tracee.mask_to_restore.reset();
  set_signal_mask(asked.tracee, mask);
  return 0;
}

// --- the rest

Answer set_options(const Asked& asked) {
  if ((asked.data & ~std::uint64_t{kTraceOptions}) != 0) return fail(Errno::einval);
  asked.traced().options = static_cast<std::uint32_t>(asked.data);
  return 0;
}

Answer interrupt(const Asked& asked) {
  Tracee& traced = asked.traced();
  if (!traced.seized) return fail(Errno::eio);
  traced.trap_wanted = true;
  if (traced.listening) resume_tracee(asked.tracee, GoOn::freely, 0);
  else interrupt_thread(asked.tracee);
  return 0;
}

Answer listen(const Asked& asked) {
  Tracee& traced = asked.traced();
  if (!traced.seized || traced.code >> 8 != static_cast<int>(TraceEvent::stop)) return fail(Errno::eio);
  traced.listening = true;
  if (traced.trap_wanted) resume_tracee(asked.tracee, GoOn::freely, 0);
  return 0;
}

Answer serve(Request request, const Asked& asked) {
  switch (request) {
    case Request::trace_me: case Request::attach: case Request::seize: break;  // served before
    case Request::peek_text: case Request::peek_data: return peek(asked);
    case Request::poke_text: case Request::poke_data: return poke(asked);
    case Request::peek_user: {
      const std::uint64_t word = TRY(peek_user(asked.tracee, asked.address));
      TRY(write_guest(asked.data, word));
      return 0;
    }
    case Request::poke_user: TRY(poke_user(asked.tracee, asked.address, asked.data)); return 0;
    case Request::go_on: return go_on(asked, GoOn::freely);
    case Request::to_next_call: return go_on(asked, GoOn::to_next_call);
    case Request::single_step: return go_on(asked, GoOn::one_instruction);
    case Request::kill:
      (void)send_to_process(asked.tracee.process, SignalInfo::plain(kSigKill, kCodeUser));
      return 0;
    case Request::detach: return detach(asked);
    case Request::get_registers: return get_whole_set(asked, kGeneralSet);
    case Request::set_registers: return set_whole_set(asked, kGeneralSet);
    case Request::get_floating: return get_whole_set(asked, kFloatingSet);
    case Request::set_floating: return set_whole_set(asked, kFloatingSet);
    case Request::get_register_set: return register_set(asked, false);
    case Request::set_register_set: return register_set(asked, true);
    case Request::set_options: return set_options(asked);
    case Request::get_message: TRY(write_guest(asked.data, asked.traced().message)); return 0;
    case Request::get_info: return get_info(asked);
    case Request::set_info: return set_info(asked);
    case Request::interrupt: return interrupt(asked);
    case Request::listen: return listen(asked);
    case Request::peek_info: return peek_info(asked);
    case Request::get_mask: return get_mask(asked);
    case Request::set_mask: return set_mask(asked);
    case Request::get_call_info: {
      const CallInfo info = call_info(asked.tracee);
      const std::size_t bytes = static_cast<std::size_t>(std::min<std::uint64_t>(asked.address, info.bytes));
      TRY(copy_to_guest(asked.data, std::as_bytes(std::span(&info.text, 1)).first(bytes)));
      return static_cast<std::int64_t>(info.bytes);
    }
  }
  count_unsupported(current_thread().system_call);
  return fail(Errno::eio);
}

// PTRACE_KILL and _INTERRUPT are for those that run, too.
bool wants_stop(Request request) { return request != Request::kill && request != Request::interrupt; }

}  // namespace

Result<std::int64_t> sys_ptrace(const Arguments& a) {
  const auto request = static_cast<Request>(a[0]);
  const std::int32_t tid = int32(a[1]);
  if (request == Request::trace_me) return trace_me();
  if (request == Request::attach) return attach(tid, 0, 0, false);
  if (request == Request::seize) return attach(tid, a[2], a[3], true);
  Thread* const tracee = registry().thread(tid);
  if (tracee == nullptr || !tracee->traced || tracee->traced->tracer != &current_thread()) return fail(Errno::esrch);
  const bool held = tracee->traced->stop != StopKind::none && !tracee->traced->listening;
  if (wants_stop(request) && !held) return fail(Errno::esrch);
  return serve(request, {.tracee = *tracee, .address = a[2], .data = a[3]});
}

}  // namespace tessera::lx
