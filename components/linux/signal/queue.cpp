// SPDX-License-Identifier: Apache-2.0
#include "components/linux/signal/queue.hpp"

#include <algorithm>

namespace tessera::lx {

int next_signal(SignalSet set) {
  const SignalSet synchronous = set & kSynchronous;
  return synchronous.empty() ? set.lowest() : synchronous.lowest();
}

bool SignalQueue::add(const SignalInfo& info, std::size_t limit) {
  const bool realtime = info.signal >= kFirstRealtime;
  if (!realtime && pending_.contains(info.signal)) return true;
  if (entries_.size() >= limit) {
    if (realtime) return false;
    pending_.add(info.signal);
    return true;
  }
  pending_.add(info.signal);
  entries_.push_back(info);
  return true;
}

bool SignalQueue::take(SignalSet wanted, SignalInfo& info) {
  const SignalSet ready = pending_ & wanted;
  if (ready.empty()) return false;
  const int signal = next_signal(ready);
  // Nearly always there is just this one.
  if (entries_.size() == 1 && entries_.front().signal == signal) {
    info = entries_.front();
    entries_.clear();
    pending_.remove(signal);
    return true;
  }
  const auto is_it = [signal](const SignalInfo& entry) { return entry.signal == signal; };
  const auto found = std::find_if(entries_.begin(), entries_.end(), is_it);
  if (found == entries_.end()) {  // its info was lost to the limit
    pending_.remove(signal);
    info = SignalInfo::from(signal, kCodeUser, 0, 0);
    return true;
  }
  info = *found;
  const auto rest = entries_.erase(found);
  if (std::none_of(rest, entries_.end(), is_it)) pending_.remove(signal);
  return true;
}

void SignalQueue::discard(SignalSet signals) {
  pending_ = pending_ - signals;
  std::erase_if(entries_, [signals](const SignalInfo& info) { return signals.contains(info.signal); });
}

}  // namespace tessera::lx
