// SPDX-License-Identifier: Apache-2.0
// What an abi/protocols/*.toml says, checked: what the two ends of a channel (lib/ring) say to each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/abigen/model.hpp"
#include "tools/support/diagnostic.hpp"

namespace tessera::tools::abigen {

// A field of a request's or an answer's words.
struct Argument {
  std::string name;
  std::string type;  // u64, u32
  std::string doc;
  std::size_t word = 0;
  unsigned shift = 0;  // 32: the upper half of it
};

// Where arguments lie: each u64 in a word, each u32 in the lower half of one, or in the upper half when one stands before it.
struct Words {
  std::vector<Argument> arguments;
  std::size_t used = 0;
  std::vector<std::size_t> half;  // of those: the words with nothing in their upper half
};

struct Operation {
  std::string name;
  std::uint64_t code = 0;
  std::string doc;
  Words args{};
  Words results{};
  bool client_writes = false;  // the buffer
  bool server_writes = false;
  bool pieces = false;          // it may be a list of pieces
  std::string request_struct{}; // that the client's data begins with
  std::string answer_struct{};  // that the server's data begins with
};

struct Protocol {
  std::string name;
  std::string doc;
  std::uint64_t hash = 0;  // of all that both ends must agree on
  std::uint64_t entries = 0;  // of a queue; 0: requests are messages to an endpoint (transport "call")
  bool stream = false;      // operations are kinds of frames in a stream of bytes (transport "stream"), and ask for no answer
  std::uint64_t flags = 0;  // bits that a request's flags may have
  std::vector<Constant> constants;
  std::vector<Item> statuses;
  std::vector<Struct> structs;
  std::vector<Operation> operations;
};

inline constexpr std::size_t kArgumentWords = 5, kResultWords = 2;

// The model; it is only good when no diagnostic was added.
[[nodiscard]] Protocol load_protocol(std::string_view text, const std::string& file, Diagnostics& diagnostics);

[[nodiscard]] std::string emit_protocol_cpp(const Protocol& protocol);   // NAME.hpp
[[nodiscard]] std::string emit_protocol_c(const Protocol& protocol);     // NAME.h
[[nodiscard]] std::string emit_protocol_rust(const Protocol& protocol);  // NAME.rs
[[nodiscard]] std::string emit_protocol_page(const Protocol& protocol);  // NAME.md

}  // namespace tessera::tools::abigen
