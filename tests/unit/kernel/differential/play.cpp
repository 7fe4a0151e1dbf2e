// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/play.hpp"

namespace tessera::nucleus::test {

using Table = abi::CapTableMethod;

// ---- numbers

static std::uint64_t hostile(Random& random) {
  static constexpr std::array<std::uint64_t, 10> kNumbers{0, 1, 2048, std::uint64_t{1} << 32, std::uint64_t{1} << 47, std::uint64_t{1} << 48,
                                                          std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{0xfff}, 257};
  return random.one_in(3) ? random.next() >> random.below(64) : kNumbers.at(random.below(kNumbers.size()));
}

static std::uint64_t mask_of_rights(Random& random) {
  if (random.one_in(60)) return hostile(random);
  return random.one_in(2) ? 0xff : random.below(256);
}

// All types, or all but a few that are in play.
static std::uint64_t mask_of_types(Random& random) {
  static constexpr std::array<unsigned, 7> kTypes{1, 2, 3, 6, 7, 8, 9};
  std::uint64_t mask = abi::kAllTypes;
  if (random.one_in(2)) return mask;
  for (std::uint64_t count = random.below(5); count > 0; --count) mask &= ~(std::uint64_t{1} << kTypes.at(random.below(kTypes.size())));
  return mask;
}

static std::uint64_t badge_or_none(Random& random) { return random.one_in(4) ? 1 + random.below(5) : 0; }

// ---- naming

std::uint64_t Play::some_index(Random& random, CapTable& table) {
  const std::uint64_t start = random.below(table.size() - 2);
  if (random.one_in(16)) return 2 + start;
  for (std::uint64_t i = 0; i < table.size() - 2; ++i) {
    const std::uint64_t index = 2 + (start + i) % (table.size() - 2);
    if (!table.raw(index)->empty()) return index;
  }
  return 2 + start;
}

Play::Named Play::name(Random& random) {
  Named named{.table = world_.actor(actor_).table};
  std::array<std::uint64_t, 3> path{};
  for (unsigned depth = 0;; ++depth) {
    named.index = path.at(depth) = some_index(random, *named.table);
    const Slot& slot = named.slot();
    if (depth < 2 && slot.type == ObjectType::cap_table && random.one_in(2)) {
      named.table = slot.as<CapTable>();
      continue;
    }
    const std::uint64_t levels = depth == 0   ? path[0]
                                 : depth == 1 ? std::uint64_t{1} << 30 | path[0] << 15 | path[1]
                                              : std::uint64_t{2} << 30 | path[0] << 20 | path[1] << 10 | path[2];
    named.handle = Handle::make(levels, slot.generation).value;
    reached_.deep += depth == 2 ? 1 : 0;
    return named;
  }
}

Play::Named Play::name_where(Random& random, const std::function<bool(const Slot&)>& wanted) {
  Named named = name(random);
  if (random.one_in(24)) return named;
  for (unsigned tries = 0; tries < 16 && !wanted(named.slot()); ++tries) named = name(random);
  return named;
}

Play::Named Play::name_of(Random& random, ObjectType type) {
  return name_where(random, [type](const Slot& slot) { return slot.type == type; });
}

std::optional<Play::Named> Play::name_to_invoke(Random& random, ObjectType type) {
  const Named named = name_of(random, type);
  if (!named.slot().empty() && !named.is(type)) return std::nullopt;
  return named;
}

static std::uint64_t bad_index(Random& random, std::uint64_t size) {
  switch (random.below(4)) {
    case 0: return random.below(2);
    case 1: return size + random.below(3);
    default: return hostile(random);
  }
}

std::uint64_t Play::index_to_fill(Random& random, const Named& table) {
  if (!table.is(ObjectType::cap_table)) return 2 + random.below(8);
  CapTable& into = table.names_table();
  if (random.one_in(30)) return bad_index(random, into.size());
  const std::uint64_t start = random.below(into.size() - 2);
  if (random.one_in(20)) return 2 + start;
  for (std::uint64_t i = 0; i < into.size() - 2; ++i) {
    const std::uint64_t index = 2 + (start + i) % (into.size() - 2);
    if (into.raw(index)->empty()) return index;
  }
  return 2 + start;
}

std::uint64_t Play::index_in_use(Random& random, const Named& table) {
  if (!table.is(ObjectType::cap_table)) return 2 + random.below(8);
  if (random.one_in(40)) return bad_index(random, table.names_table().size());
  return some_index(random, table.names_table());
}

// ---- making

Performed Play::begin(Kind kind) const { return {kind, actor_, world_.namespaces().at(actor_)->serial}; }

void Play::finish(Performed& performed, const Outcome& outcome) {
  performed.error = outcome.error;
  if (!outcome.ended) trouble_ = "the actor waits";
  if (performed.restarts != 0) ++reached_.preempted;
}

template <typename Method>
Performed Play::invoke(Performed performed, const Named& named, Method method, Words words) {
  Thread& thread = *world_.actor(actor_).thread;
  const std::uint64_t before = thread.frame.restarts;
  const Outcome outcome = world_.machine.invoke(thread, named.handle, method, words);
  performed.restarts = static_cast<unsigned>(thread.frame.restarts - before);
  finish(performed, outcome);
  return performed;
}

// Operations that fill a slot answer with its handle.
template <typename Method>
Performed Play::fill(Performed performed, const Named& named, Method method, Words words, const Named& into, std::uint64_t index) {
  // The capability to the table may itself be what is moved.
  CapTable* filled = into.is(ObjectType::cap_table) ? &into.names_table() : nullptr;
  Performed done = invoke(std::move(performed), named, method, words);
  if (done.error != Error::ok || filled == nullptr) return done;
  const std::uint64_t handle = world_.actor(actor_).thread->frame.words[0];
  if (handle != Handle::make(index, filled->raw(index)->generation).value) trouble_ = "the handle is not that of the slot";
  return done;
}

std::optional<Performed> Play::retype(Random& random) {
  static constexpr std::array kTypes{ObjectType::untyped, ObjectType::cap_table, ObjectType::thread, ObjectType::memory, ObjectType::endpoint,
                                     ObjectType::reply, ObjectType::notification, ObjectType::cap_table, ObjectType::memory, ObjectType::untyped};
  const auto untyped = name_to_invoke(random, ObjectType::untyped);
  if (!untyped) return std::nullopt;
  const ObjectType type = kTypes.at(random.below(kTypes.size()));
  std::uint64_t bits = 0, count = 1;
  if (type == ObjectType::untyped || type == ObjectType::memory) bits = 12 + random.below(random.one_in(2) ? 5 : 2);
  if (type == ObjectType::cap_table) bits = 2 + random.below(random.one_in(4) ? 6 : 3);
  if (random.one_in(4)) count = 2 + random.below(6);
  if (random.one_in(40)) bits = hostile(random) % 64;
  if (random.one_in(40)) count = hostile(random);
  const Named into = name_of(random, ObjectType::cap_table);
  const std::uint64_t first = index_to_fill(random, into);
  auto number = static_cast<std::uint64_t>(type);
  auto told = begin(Kind::retype);
  told.with("untyped", untyped->where());
  if (random.one_in(60)) {  // No such type: to the model, no such size.
    static constexpr std::array<std::uint64_t, 6> kOthers{0, 11, 12, 13, 200, std::uint64_t{1} << 40};
    number = kOthers.at(random.below(kOthers.size()));
    told.with("type", 6).with("bits", 0);
  } else {
    told.with("type", number).with("bits", bits);
  }
  told.with("count", count).with("into", into.where()).with("first", first);
  return fill(told, *untyped, abi::UntypedMethod::retype, {number, bits, count, into.handle, first}, into, first);
}

std::optional<Performed> Play::mint(Random& random) {
  const auto into = name_to_invoke(random, ObjectType::cap_table);
  if (!into) return std::nullopt;
  const Named source = random.one_in(3) ? name_of(random, ObjectType::memory) : name(random);
  const std::uint64_t first = index_to_fill(random, *into), mask = mask_of_rights(random), badge = badge_or_none(random);
  std::uint64_t offset = 0, bytes = 0, count = 1;
  if (source.is(ObjectType::memory) && random.one_in(2)) {
    const std::uint64_t pages = source.slot().extra / kPageBytes;
    offset = random.below(pages + 1) / (1 + random.below(2)) * kPageBytes;
    bytes = random.below(pages + 1) * kPageBytes;
    if (random.one_in(2)) {
      count = 2 + random.below(3);
      offset = random.one_in(3) ? 0 : offset;
      const std::uint64_t most = (pages - offset / kPageBytes) / count;  // or one too many
      bytes = (random.one_in(2) ? most + random.below(2) : random.below(most + 1)) * kPageBytes;
    }
    if (random.one_in(12)) bytes += random.one_in(2) ? 8 : 2048;
  }
  if (random.one_in(40)) offset = hostile(random);
  if (random.one_in(40)) bytes = hostile(random);
  if (random.one_in(60)) count = hostile(random);
  auto told = begin(Kind::mint);
  told.with("into", into->where()).with("source", source.where()).with("first", first).with("rights", mask).with("badge", badge);
  told.with("offset", offset).with("bytes", bytes).with("count", count);
  if (offset == 0 && bytes == 0 && count == 1 && random.one_in(2)) {
    return fill(told, *into, Table::copy, {source.handle, first, mask, badge}, *into, first);
  }
  return fill(told, *into, Table::mint, {source.handle, first, mask, badge, offset, bytes, count}, *into, first);
}

std::optional<Performed> Play::make_gate(Random& random) {
  const auto into = name_to_invoke(random, ObjectType::cap_table);
  if (!into) return std::nullopt;
  const Named source = name_of(random, ObjectType::endpoint);
  const std::uint64_t index = index_to_fill(random, *into), badge = badge_or_none(random);
  const std::uint64_t types = random.one_in(40) ? hostile(random) : mask_of_types(random), rights = mask_of_rights(random);
  const std::uint64_t largest = random.one_in(40) ? hostile(random) : random.one_in(2) ? 0 : 12 + random.below(4);
  auto told = begin(Kind::gate);
  told.with("into", into->where()).with("source", source.where()).with("at", index).with("badge", badge).with("types", types);
  told.with("rights", rights).with("largest", largest);
  return fill(told, *into, Table::make_gate, {source.handle, index, badge, types, rights, largest}, *into, index);
}

std::optional<Performed> Play::move_or_swap(Random& random, Kind kind) {
  const auto into = name_to_invoke(random, ObjectType::cap_table);
  if (!into) return std::nullopt;
  const Named source = name(random);
  const std::uint64_t index = kind == Kind::move ? index_to_fill(random, *into) : index_in_use(random, *into);
  if (world_.protects(*source.table, source.index)) return std::nullopt;
  if (into->is(ObjectType::cap_table) && world_.protects(into->names_table(), index)) return std::nullopt;
  auto told = begin(kind);
  told.with("into", into->where()).with("source", source.where()).with("at", index);
  return fill(told, *into, kind == Kind::move ? Table::move : Table::swap, {source.handle, index}, *into, index);
}

std::optional<Performed> Play::delete_or_revoke(Random& random, Kind kind) {
  const auto into = name_to_invoke(random, ObjectType::cap_table);
  if (!into) return std::nullopt;
  const std::uint64_t index = index_in_use(random, *into) & 0x3fff'ffff;  // of one level
  std::uint32_t generation = 0;
  if (into->is(ObjectType::cap_table)) {
    CapTable& table = into->names_table();
    if (world_.protects(table, index) && (kind == Kind::delete_ || !random.one_in(4))) return std::nullopt;
    if (const Slot* slot = table.slot(index)) generation = slot->generation;
  }
  auto told = begin(kind);
  told.with("in", into->where()).with("at", index);
  return invoke(told, *into, kind == Kind::delete_ ? Table::delete_ : Table::revoke, {Handle::make(index, generation).value});
}

// An actor other than the sender that can wait on the endpoint: its handle, or 0.
std::uint64_t Play::find_receiver(Random& random, const Slot& through, Actor*& receiver) {
  const std::uint64_t start = random.below(World::kActors);
  for (unsigned i = 0; i < World::kActors; ++i) {
    Actor& other = world_.actor(static_cast<unsigned>((start + i) % World::kActors));
    if (&other == &world_.actor(actor_)) continue;
    for (std::uint64_t index = 2; index < other.table->size(); ++index) {
      const Slot& slot = *other.table->raw(index);
      if (slot.type != ObjectType::endpoint || slot.object != through.object || !slot.has(abi::kRightRead)) continue;
      receiver = &other;
      return Handle::make(index, slot.generation).value;
    }
  }
  return 0;
}

Play::Items Play::choose_items(Random& random, Performed& told, Actor* receiver) {
  const Actor& sender = world_.actor(actor_);
  CapTable& inbox = receiver != nullptr ? *receiver->table : *sender.table;
  told.with_table("inbox", inbox);
  Items items{.count = static_cast<unsigned>(1 + random.below(abi::kMessageCapabilities))};
  for (unsigned i = 0; i < items.count; ++i) {
    const Named item = random.one_in(3) ? name_of(random, ObjectType::memory) : name(random);
    const std::uint64_t at = random.one_in(30) ? bad_index(random, inbox.size()) : 2 + random.below(inbox.size() - 2);
    sender.thread->message->send_caps[i] = item.handle;
    if (receiver != nullptr) receiver->thread->message->receive_slots[i] = at;
    items.from.at(i) = item.table->member_of;
    told.with("item", item.where()).with("at", at);
  }
  return items;
}

// The message has arrived.
void Play::receive(Performed& told, const Items& items, const Actor& receiver, bool by_gate) {
  const Actor& sender = world_.actor(actor_);
  told.received = read_outcome(*receiver.thread).capability_count;
  for (unsigned i = 0; i < told.received && i < items.count; ++i) {
    if (items.from.at(i) == receiver.space) continue;
    const bool by_hand = sender.space->is_above(*receiver.space) && sender.space->is_above(*items.from.at(i));
    ++(by_hand ? reached_.by_hand : reached_.through_gates);
    if (!by_hand && !by_gate) trouble_ = "a capability crossed a border without a gate";
  }
  if (told.received < items.count) ++reached_.stopped;
}

std::optional<Performed> Play::send(Random& random) {
  const bool wants_gate = random.one_in(2), sender_first = random.one_in(3), calling = random.one_in(3);
  const Named through = name_where(random, [wants_gate](const Slot& slot) {
    return slot.type == ObjectType::endpoint && (!wants_gate || slot.extra != 0);
  });
  const Actor& sender = world_.actor(actor_);
  const Slot sent = through.slot();
  Actor* receiver = nullptr;
  std::uint64_t handle = 0;
  if (sent.type == ObjectType::endpoint && sent.has(abi::kRightWrite)) {
    handle = find_receiver(random, sent, receiver);
    if (receiver == nullptr) return std::nullopt;  // the send would never end
  }
  auto told = begin(calling && receiver != nullptr ? Kind::call : Kind::send);
  told.with("through", through.where());
  const Items items = choose_items(random, told, receiver);
  const abi::Call call = told.kind == Kind::call ? abi::Call::call : abi::Call::send;
  const auto send = [&] { return world_.machine.call(*sender.thread, call, through.handle, {}, 0, 0, items.count); };
  if (receiver == nullptr) {
    finish(told, send());
    return told;
  }
  const Slot& reply = *receiver->table->raw(World::kReply);
  const std::uint64_t reply_handle = told.kind == Kind::call ? Handle::make(World::kReply, reply.generation).value : 0;
  const auto wait = [&] { return world_.machine.call(*receiver->thread, abi::Call::wait, handle, {}, 0, reply_handle); };
  // Whoever comes second ends both calls, or leaves the sender waiting for its answer.
  if (!(sender_first ? send() : wait()).blocked()) trouble_ = "the first does not wait";
  (void)(sender_first ? wait() : send());
  if (receiver->thread->state != ThreadState::ready) trouble_ = "the receiver waits still";
  if (read_outcome(*receiver->thread).badge != sent.badge) trouble_ = "the badge is not the sender's";
  if (told.kind == Kind::call) {
    if (sender.thread->state != ThreadState::awaiting_reply) trouble_ = "the caller does not wait for its answer";
    caller_ = &world_.actor(actor_);
    while (&world_.actor(server_ % World::kActors) != receiver) ++server_;
    server_ %= World::kActors;
  } else {
    if (sender.thread->state != ThreadState::ready) trouble_ = "the sender waits still";
    finish(told, read_outcome(*sender.thread));
  }
  receive(told, items, *receiver, sent.extra != 0);
  return told;
}

// A reply is a message without a gate.
Performed Play::reply(Random& random) {
  Actor& caller = *caller_;
  caller_ = nullptr;
  actor_ = server_;
  const Actor& server = world_.actor(actor_);
  auto told = begin(Kind::reply);
  told.with("as-through", Where{&world_.held(), World::kPlainEndpoint});
  const Items items = choose_items(random, told, &caller);
  const std::uint64_t handle = Handle::make(World::kReply, server.table->raw(World::kReply)->generation).value;
  finish(told, world_.machine.call(*server.thread, abi::Call::reply, 0, {}, 0, handle, items.count));
  if (caller.thread->state != ThreadState::ready) trouble_ = "the caller waits still";
  receive(told, items, caller, false);
  return told;
}

std::optional<Performed> Play::limit(Random& random) {
  const auto which = static_cast<unsigned>(random.below(World::kActors));
  const Actor& actor = world_.actor(which);
  static constexpr std::uint64_t kNone = std::uint64_t{1} << 60;  // as in World::describe
  std::array<std::uint64_t, 3> to{kNone, kNone, kNone};
  static constexpr std::array<std::uint64_t, 3> kMore{65'536, 48, 5};
  for (unsigned i = 0; i < 3; ++i) {
    if (random.one_in(2)) to.at(i) = actor.space->used.at(i) + random.below(kMore.at(i));
    if (random.one_in(10)) to.at(i) = random.below(actor.space->used.at(i) + 1);
  }
  Performed told(Kind::limit, 0, 0);
  told.with("of", actor.space->serial).with("bytes", to[0]).with("slots", to[1]).with("threads", to[2]);
  finish(told, world_.machine.invoke(actor.space_cap, abi::NamespaceMethod::set_limits, {to[0], to[1], to[2], abi::kNoLimit, abi::kNoLimit}));
  return told;
}

std::optional<Performed> Play::policy(Random& random) {
  const Actor& actor = world_.actor(static_cast<unsigned>(random.below(World::kActors)));
  const std::uint64_t exports = mask_of_types(random), imports = mask_of_types(random);
  Performed told(Kind::policy, 0, 0);
  told.with("of", actor.space->serial).with("exports", exports).with("imports", imports);
  finish(told, world_.machine.invoke(actor.space_cap, abi::NamespaceMethod::set_policy, {exports, imports}));
  return told;
}

// A stale handle, or one whose path leads nowhere, whatever is asked through it.
std::optional<Performed> Play::bad_handle(Random& random) {
  Named named = name(random);
  Error expected = Error::stale_handle;
  const std::uint64_t size = named.table->size();
  switch (random.below(4)) {
    case 0:
      named.handle = random.below(size) | std::uint64_t{3} << 30;  // of no depth that there is
      expected = Error::bad_path;
      break;
    case 1:
      named.handle = world_.actor(actor_).table->size() + random.below(1000);
      expected = Error::bad_path;
      break;
    case 2: {  // through something that is no table
      const std::uint64_t index = some_index(random, *world_.actor(actor_).table);
      if (world_.actor(actor_).table->raw(index)->type == ObjectType::cap_table) return std::nullopt;
      named.handle = std::uint64_t{1} << 30 | index << 15 | 2;
      expected = Error::bad_path;
      break;
    }
    default: named.handle ^= (1 + random.below(3)) << 32; break;
  }
  auto told = begin(Kind::bad_handle);
  told.with("named", named.where());
  const Performed done = invoke(told, named, static_cast<Table>(1 + random.below(10)),
                     {named.handle, random.below(64), random.next(), random.next(), random.next()});
  if (done.error != expected) trouble_ = "a bad handle is not told as one";
  return done;
}

std::optional<Performed> Play::step(std::uint64_t number) {
  static constexpr std::array<unsigned, 8> kWho{0, 0, 0, 1, 1, 2, 2, 3};
  Random random(number);
  trouble_.clear();
  actor_ = kWho.at(random.below(kWho.size()));
  const std::uint64_t kind = random.below(100);
  arch::hosted::interrupt_at_preemption(random.one_in(2) ? static_cast<unsigned>(1 + random.below(20)) : 0);
  std::optional<Performed> done;
  if (caller_ != nullptr) done = reply(random);
  else if (kind < 20) done = retype(random);
  else if (kind < 40) done = mint(random);
  else if (kind < 46) done = make_gate(random);
  else if (kind < 53) done = move_or_swap(random, Kind::move);
  else if (kind < 59) done = move_or_swap(random, Kind::swap);
  else if (kind < 71) done = delete_or_revoke(random, Kind::delete_);
  else if (kind < 77) done = delete_or_revoke(random, Kind::revoke);
  else if (kind < 92) done = send(random);
  else if (kind < 95) done = limit(random);
  else if (kind < 98) done = policy(random);
  else done = bad_handle(random);
  arch::hosted::interrupt_at_preemption(0);
  return done;
}

}  // namespace tessera::nucleus::test
