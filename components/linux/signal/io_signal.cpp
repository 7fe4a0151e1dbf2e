// SPDX-License-Identifier: Apache-2.0
// Signals that open files send to their owners (fcntl(2), F_SETOWN).
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"

namespace tessera::lx {

namespace {

// Who named the owner could have sent the signal itself.
bool may_be_told(const Thread& thread, const SignalOwner& owner) {
  const Credentials& target = thread.credentials->value;
  return owner.euid == 0 || owner.euid == target.suid || owner.euid == target.uid || owner.uid == target.suid ||
         owner.uid == target.uid;
}

SignalInfo info_of(const IoSignal& event) {
  if (event.signal == 0) return SignalInfo::plain(kSigIo, kCodeKernel);
  return SignalInfo::io(event.signal, event.code, event.band, event.descriptor);
}

// What the queue has no room for becomes SIGIO, which needs none.
template <typename Target, typename Send>
void send_or_tell(Target& target, const IoSignal& event, Send send) {
  if (!send(target, info_of(event))) (void)send(target, SignalInfo::plain(kSigIo, kCodeKernel));
}

void tell_process(Process& process, const SignalOwner& owner, const IoSignal& event) {
  const Thread* const leader = process.leader();
  if (leader != nullptr && may_be_told(*leader, owner)) send_or_tell(process, event, send_to_process);
}

}  // namespace

bool signal_owner_exists(SignalOwnerKind kind, std::int32_t number) {
  switch (kind) {
    case SignalOwnerKind::thread: return registry().thread(number) != nullptr;
    case SignalOwnerKind::process: return registry().process(number) != nullptr;
    case SignalOwnerKind::group: return registry().group_exists(number);
  }
  return false;
}

void send_io_signal(const SignalOwner& owner, const IoSignal& event) {
  if (owner.number == 0) return;
  switch (owner.kind) {
    case SignalOwnerKind::thread:
      if (Thread* const thread = registry().thread(owner.number); thread != nullptr && may_be_told(*thread, owner))
        send_or_tell(*thread, event, send_to_thread);
      return;
    case SignalOwnerKind::process:
      if (Process* const process = registry().process(owner.number)) tell_process(*process, owner, event);
      return;
    case SignalOwnerKind::group:
      registry().for_each_process([&](Process& process) {
        if (process.group == owner.number && process.life == Life::alive) tell_process(process, owner, event);
      });
      return;
  }
}

}  // namespace tessera::lx
