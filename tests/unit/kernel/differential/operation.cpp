// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/operation.hpp"

namespace tessera::nucleus::test {

const char* name(Kind kind) {
  static constexpr std::array kNames{"retype", "mint", "gate", "move", "swap", "delete", "revoke", "send", "call", "reply",
                               "limit", "policy", "bad handle"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Performed& Performed::with(const char* name, std::uint64_t number) {
  arguments_.push_back({name, nullptr, number, true});
  return *this;
}
Performed& Performed::with(const char* name, Where slot) {
  arguments_.push_back({name, slot.table, slot.index, true});
  return *this;
}
Performed& Performed::with_table(const char* name, const CapTable& table) {
  arguments_.push_back({name, &table, 0, false});
  return *this;
}

std::string Performed::for_model() const {
  // Calls and replies are messages to the model.
  const bool message = is_message(kind);
  std::string line = name(message ? Kind::send : kind);
  // Limits and policies are nobody's in the model.
  if (kind != Kind::limit && kind != Kind::policy) line += " " + std::to_string(actor_number_);
  for (const Argument& argument : arguments_) {
    if (argument.table != nullptr) line += " " + std::to_string(reinterpret_cast<std::uint64_t>(argument.table));
    if (argument.has_number) line += " " + std::to_string(clamped(argument.number));
  }
  return line;
}

std::string Performed::for_reader(const TableNames& names, const char* actor_name) const {
  std::string text = std::string(actor_name) + ": " + name(kind);
  for (const Argument& argument : arguments_) {
    text += std::string(" ") + argument.name + "=";
    if (argument.table == nullptr) {
      text += std::to_string(argument.number);
      continue;
    }
    text += table_name(names, reinterpret_cast<std::uint64_t>(argument.table));
    if (argument.has_number) text += "[" + std::to_string(argument.number) + "]";
  }
  text += " -> " + std::string(abi::name(error));
  if (is_message(kind) && error == Error::ok) text += ", " + std::to_string(received) + " received";
  if (restarts != 0) text += ", preempted " + std::to_string(restarts) + " times";
  return text;
}

}  // namespace tessera::nucleus::test
