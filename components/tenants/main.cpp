// SPDX-License-Identifier: Apache-2.0
// Two tenants, and a capability that gets from one to the other through a gate of their
// common ancestor and no other way: see README.md.
#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>

#include "components/tenants/must.hpp"
#include "components/tenants/story.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::tenants {
namespace {

using rt::objects;

constexpr std::uint64_t kAll = 0xff, kPage = abi::kPageBytes;
constexpr std::uint64_t kSecret = 0x7e55e2a;
constexpr std::uint64_t kWindow = abi::kFreeAddress + (1 << 30);  // where the taker maps what it is given
constexpr std::uint64_t kOnlyMemory = 1u << static_cast<unsigned>(ObjectType::memory);
constexpr std::uint64_t kLargestBits = 12;  // a page

template <typename Method>
Order on(std::uint64_t handle, Method method, std::array<std::uint64_t, 8> words) {
  return {.handle = handle, .label = static_cast<std::uint32_t>(method), .words = words};
}

std::string_view arrived(std::uint64_t count) { return count == 0 ? "the message arrives without it" : "it arrives"; }

class Meeting {
 public:
  Meeting() : code_(must(rt::CodeCopy::make(), "copy of the code")), giver_("giver", 1, code_), taker_("taker", 2, code_) {}

  unsigned run() {
    prepare();
    try_without_gate();
    try_with_gate();
    take_away();
    return story_.wrong();
  }

 private:
  // Sends one capability from the giver to the taker; how many arrive in `slot` of its table.
  std::uint64_t send(std::uint64_t through, std::uint64_t capability, std::uint64_t slot) {
    taker_.message_page().receive_slots[0] = slot;
    giver_.message_page().send_caps[0] = capability;
    taker_.begin({.call = abi::Call::wait, .handle = listen_});
    const Outcome sent = giver_.make({.call = abi::Call::send, .handle = through, .capabilities = 1});
    if (sent.error != Error::ok) story_.tell("the giver sends", abi::name(sent.error), false);
    return taker_.end().capabilities;
  }

  void both_rings(std::uint8_t event, bool by_ancestor) {
    story_.tell_records(giver_, taker_, event, by_ancestor);
    story_.tell_records(taker_, giver_, event, by_ancestor);
  }

  // An ancestor's direct hand gives both what they begin with.
  void prepare() {
    const rt::Handle endpoint = must(objects().make(ObjectType::endpoint), "endpoint");
    gate_source_ = must(objects().copy(endpoint, kAll), "copy");
    lent_ = must(objects().map_new(14), "memory");
    rt::object_at<std::uint64_t>(lent_.address + kPage) = kSecret;
    plain_ = giver_.give(endpoint, abi::kRightWrite | abi::kRightGrant);
    listen_ = taker_.give(endpoint, abi::kRightRead);
    whole_ = giver_.give(lent_.memory, kAll);
    signal_ = giver_.give(must(objects().make(ObjectType::notification), "notification"), kAll);
    takers_table_ = giver_.give(taker_.table(), kAll);
    rt::log("two tenants, and 16 KiB of memory that the giver is lent");
    story_.count_records(giver_);
    story_.count_records(taker_);
    // The giver splits off a page.
    const std::uint64_t slot = giver_.free_slot();
    const Outcome part = giver_.make(on(giver_.own_table(), abi::CapTableMethod::mint, {whole_, slot, kAll, 0, kPage, kPage, 1}));
    part_ = part.words[0];
    story_.tell("the giver mints a capability for one page of it", abi::name(part.error), part.error == Error::ok);
  }

  void try_without_gate() {
    const Outcome direct = giver_.make(on(takers_table_, abi::CapTableMethod::copy, {part_, taker_.free_slot(), kAll, 0}));
    story_.tell("the giver copies the page into the taker's table, which it can name", abi::name(direct.error), direct.error == Error::denied);
    both_rings(abi::kAuditDenied, false);
    const std::uint64_t count = send(plain_, part_, taker_.free_slot());
    story_.tell("it sends the page through an endpoint that is no gate", arrived(count), count == 0);
    both_rings(abi::kAuditDenied, false);
  }

  void try_with_gate() {
    gate_ = must(abi::cap_table_make_gate(giver_.table(), gate_source_, giver_.free_slot(), 0, kOnlyMemory, abi::kRightRead, kLargestBits), "gate");
    rt::log("the ancestor makes a gate: Memory only, of a page at most, to read only");
    std::uint64_t count = send(gate_, signal_, taker_.free_slot());
    story_.tell("the giver sends a Notification through it", arrived(count), count == 0);
    count = send(gate_, whole_, taker_.free_slot());
    story_.tell("it sends all 16 KiB", arrived(count), count == 0);
    both_rings(abi::kAuditDenied, false);
    taken_slot_ = taker_.free_slot();
    count = send(gate_, part_, taken_slot_);
    story_.tell("it sends the page", arrived(count), count == 1);
    both_rings(abi::kAuditDelegate, false);
    const Outcome held = taker_.make(on(taker_.own_table(), abi::CapTableMethod::identify, {taken_slot_}));
    story_.tell("the taker may do with it", held.words[2] == abi::kRightRead ? "read" : "something else", held.words[2] == abi::kRightRead);
    use(held.words[1]);
  }

  void use(std::uint64_t page) {
    constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;
    const std::uint64_t space = taker_.own_space();
    const Outcome attached = taker_.make(on(space, abi::AddressSpaceMethod::attach, {page, kReadWrite}));
    const Outcome writable = taker_.make(on(space, abi::AddressSpaceMethod::map, {kWindow, attached.words[0], 0, 1, kReadWrite}));
    story_.tell("it maps it to write", abi::name(writable.error), writable.error == Error::no_right);
    const Outcome readable = taker_.make(on(space, abi::AddressSpaceMethod::map, {kWindow, attached.words[0], 0, 1, abi::kRightRead}));
    story_.tell("it maps it to read", abi::name(readable.error), readable.error == Error::ok);
    tell_look("it reads it");
  }

  void tell_look(std::string_view what) {
    const auto seen = taker_.look(kWindow);
    story_.tell(what, seen ? "what the ancestor wrote there" : "a page fault", seen && *seen == kSecret);
  }

  void take_away() {
    // The giver is in the midst of a send when the gate goes.
    giver_.begin({.call = abi::Call::send, .handle = gate_});
    giver_.await_standstill();
    must(abi::cap_table_revoke(objects().own().table, gate_source_), "revoke");
    const Outcome cut = giver_.end();
    story_.tell("the ancestor revokes the gate; the send that waits in it", abi::name(cut.error), cut.error == Error::cancelled);
    const Outcome again = giver_.make({.call = abi::Call::send, .handle = gate_, .capabilities = 1});
    story_.tell("the giver sends through it once more", abi::name(again.error), again.error == Error::stale_handle);
    tell_look("the taker still reads what it got");
    story_.tell_records(giver_, taker_, abi::kAuditRevoke, true);

    must(abi::cap_table_revoke(objects().own().table, lent_.memory), "revoke");
    rt::log("the ancestor revokes the memory");
    const Outcome left = taker_.make(on(taker_.own_table(), abi::CapTableMethod::identify, {taken_slot_}));
    story_.tell("the taker's slot", left.words[0] == 0 ? "is empty" : "holds something", left.words[0] == 0);
    const Outcome whole = giver_.make(on(whole_, abi::MemoryMethod::info, {}));
    story_.tell("the giver's handle", abi::name(whole.error), whole.error == Error::stale_handle);
    const auto seen = taker_.look(kWindow);
    story_.tell("the taker reads the page", seen ? "it can" : "a page fault", !seen && seen.error() == kWindow);
    both_rings(abi::kAuditRevoke, true);
  }

  rt::CodeCopy code_;
  Tenant giver_, taker_;
  Story story_;
  rt::Handle gate_source_ = 0;
  rt::Mapping lent_;
  std::uint64_t plain_ = 0, gate_ = 0, whole_ = 0, part_ = 0, signal_ = 0, takers_table_ = 0;  // the giver's handles
  std::uint64_t listen_ = 0, taken_slot_ = 0;                                                  // the taker's
};

}  // namespace
}  // namespace tessera::tenants

int component_main(const tessera::rt::Start& start) {
  start.ready();
  tessera::tenants::Meeting meeting;
  const unsigned wrong = meeting.run();
  tessera::rt::log("{} of this is as it should be", wrong == 0 ? "all" : "not all");
  return wrong == 0 ? 0 : 1;
}
