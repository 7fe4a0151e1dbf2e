// SPDX-License-Identifier: Apache-2.0
#include "kernel/ipc/message.hpp"

#include <algorithm>

#include "kernel/namespace/namespace.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derive.hpp"

namespace tessera::nucleus {

Error check_message(const Thread& from) {
  const Tag tag{from.frame.tag()};
  if (tag.words() > abi::kMessageWords || tag.capabilities() > abi::kMessageCapabilities) return Error::bad_argument;
  if (!tag.fits_registers() && from.message == nullptr) return Error::not_configured;
  return Error::ok;
}

// How many capabilities arrived: it ends at the first that cannot be had.
static unsigned transfer_capabilities(Thread& from, Thread& to, unsigned count, const Gate& gate) REQUIRES(object_lock) {
  if (to.message == nullptr || from.message == nullptr) return 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t handle = from.message->send_caps[i];
    const std::uint64_t index = to.message->receive_slots[i];
    const auto source = from.table->lookup(Handle{handle});
    const auto target = to.table->slot_to_fill(index);
    if (!source || !target) return i;
    if (const auto arrived = derive(**source, **target, {}, {from, &gate}); !arrived) {
      // The sender's call succeeds, so that its end records nothing.
      if (arrived.error() == Error::denied) {
        audit(from.member_of, {.event = Event::denied, .actor = &from, .capability = *source, .badge = visible_badge(**source),
                               .error = Error::denied, .other = to.member_of});
      }
      return i;
    }
    to.message->received[i] = Handle::make(index, (*target)->generation).value;
  }
  return count;
}

void transfer(Thread& from, Thread& to, std::uint64_t badge, bool grant, const Gate& gate) {
  if (from.unusual.faulted) {
    set_fault_words(to.frame, from.fault_words);
    to.frame.set_tag(kFaultTag);
    to.frame.set_badge(badge);
    return;
  }
  const Tag tag{from.frame.tag()};
  unsigned words = tag.words();
  copy_register_words(from.frame, to.frame, std::min<unsigned>(words, abi::kRegisterWords));
  if (words > abi::kRegisterWords) {
    if (to.message == nullptr) {
      words = abi::kRegisterWords;
    } else {
      for (unsigned i = abi::kRegisterWords; i < words; ++i) to.message->words[i] = from.message->words[i];
    }
  }
  const unsigned capabilities = grant ? transfer_capabilities(from, to, tag.capabilities(), gate) : 0;
  to.frame.set_tag(Tag::make(tag.label(), words, capabilities).value);
  to.frame.set_badge(badge);
}

}  // namespace tessera::nucleus
