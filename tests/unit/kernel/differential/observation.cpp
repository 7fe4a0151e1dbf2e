// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/observation.hpp"

#include <algorithm>

#include "kernel/object/make.hpp"
#include "kernel/object/untyped.hpp"

namespace tessera::nucleus::test {

static bool in_play(Machine& machine, const Slot& slot) {
  return slot.home == Home::table && slot.holder.get() != &machine.table();
}

// Where a slot of a table is, as two numbers.
static void put_place(Entry& entry, std::size_t at, const Slot& slot) {
  auto& table = slot.held_by<CapTable>();
  entry.at(at) = reinterpret_cast<std::uint64_t>(&table);
  entry.at(at + 1) = static_cast<std::uint64_t>(&slot - table.raw(0));
}

static Entry entry_of(const Slot& slot) {
  Entry entry{};
  put_place(entry, 0, slot);
  const bool untyped = slot.type == ObjectType::untyped, memory = slot.type == ObjectType::memory;
  entry[2] = static_cast<std::uint64_t>(slot.type);
  entry[3] = slot.rights;
  entry[4] = untyped ? 0 : slot.badge;
  entry[5] = slot.object;
  entry[6] = memory ? slot.extra : unwrap(bytes_of(slot.type, slot.size_bits));
  if (untyped) {
    const UntypedState state = UntypedState::of(slot);
    entry[9] = state.watermark;
    entry[10] = state.charged;
  }
  if (slot.type == ObjectType::endpoint && slot.extra != 0) {
    const Gate gate = Gate::of(slot);
    entry[11] = gate.authority;
    entry[12] = gate.types;
    entry[13] = gate.rights;
    entry[14] = gate.largest_bits;
  }
  return entry;
}

void observe(Machine& machine, std::span<Namespace* const> namespaces, Observation& into) {
  into.capabilities.clear();
  into.usage.clear();
  static std::vector<const Slot*> open;
  for (const Slot* root : machine.roots()) {
    // All roots are in lists of their own.
    open.clear();
    for (End end{const_cast<Slot*>(root), Side::open}; end.slot != nullptr;
         end = end.slot->next.at(static_cast<std::size_t>(end.side)).get()) {
      if (end.side == Side::close) {
        open.pop_back();
        continue;
      }
      if (in_play(machine, *end.slot)) {
        Entry entry = entry_of(*end.slot);
        if (!open.empty() && in_play(machine, *open.back())) put_place(entry, 7, *open.back());
        into.capabilities.push_back(entry);
      }
      open.push_back(end.slot);
    }
  }
  for (const Namespace* space : namespaces) {
    into.usage.push_back({space->serial, space->used[0], space->used[1], space->used[2]});
  }
}

// As in model/executable/main.ml.
static constexpr std::uint64_t kPrime = 0x7fff'ffff;

static std::uint64_t hash_of(std::span<const std::uint64_t> numbers) {
  std::uint64_t hash = 1;
  for (const std::uint64_t number : numbers) hash = (hash * 1'000'003 + number % kPrime) % kPrime;
  return hash * hash % kPrime;
}

std::uint64_t Observation::digest() const {
  std::uint64_t sum = 0;
  for (const Entry& entry : capabilities) sum += hash_of(entry);
  for (const Usage& one : usage) sum += hash_of(one);
  return sum % kPrime;
}

std::string table_name(const TableNames& names, std::uint64_t address) {
  for (const auto& [table, name] : names) {
    if (reinterpret_cast<std::uint64_t>(table) == address) return name;
  }
  return "table " + std::to_string(address % 0x1000'0000 / 64);
}

static std::string place(const TableNames& names, std::uint64_t table, std::uint64_t index) {
  return table == 0 ? "-" : table_name(names, table) + "[" + std::to_string(index) + "]";
}

static std::string shown(const TableNames& names, std::span<const std::uint64_t> n) {
  const auto number = [&](std::size_t at) { return std::to_string(n[at]); };
  if (n.size() == 4) return "namespace " + number(0) + ": bytes " + number(1) + ", slots " + number(2) + ", threads " + number(3);
  if (n.size() != 15) return "a line of " + std::to_string(n.size()) + " numbers";
  std::string text = place(names, n[0], n[1]) + ": type " + number(2) + ", rights " + number(3) + ", badge " + number(4) + ", at " +
                     std::to_string(n[5] % 0x1000'0000) + ", size " + number(6) + ", below " + place(names, n[7], n[8]);
  if (n[9] != 0 || n[10] != 0) text += ", taken " + number(9) + ", paid " + number(10);
  if (n[11] != 0) text += ", gate of " + number(11) + ": types " + number(12) + ", rights " + number(13) + ", largest " + number(14);
  return text;
}

std::string difference(const Observation& nucleus, const std::vector<std::vector<std::uint64_t>>& model, const TableNames& names) {
  using Lines = std::vector<std::vector<std::uint64_t>>;
  Lines ours, theirs = model;
  for (const Entry& entry : nucleus.capabilities) ours.emplace_back(entry.begin(), entry.end());
  for (const Usage& one : nucleus.usage) ours.emplace_back(one.begin(), one.end());
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  std::string text;
  const auto add = [&](const Lines& some, const Lines& others, const char* who) {
    for (const auto& line : some) {
      if (!std::ranges::binary_search(others, line)) text += std::string("  ") + who + shown(names, line) + "\n";
    }
  };
  add(ours, theirs, "nucleus: ");
  add(theirs, ours, "model:   ");
  return text;
}

}  // namespace tessera::nucleus::test
