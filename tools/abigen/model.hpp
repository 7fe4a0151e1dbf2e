// SPDX-License-Identifier: Apache-2.0
// What an abi/*.toml says, checked: the model that the emitters print.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::tools::abigen {

struct Constant {
  std::string name;
  std::uint64_t value = 0;
  std::string doc;
  std::string text{};  // instead of a number
};

// A named number: a call, an error, a guest exit, the bit of a right.
struct Item {
  std::string name;
  std::uint64_t number = 0;
  std::string doc;
};

struct Parameter {
  std::string name;
  std::string type;  // u64, handle, rights, object_type
  std::string doc;
};

struct Method {
  std::string name;
  std::uint64_t number = 0;
  std::vector<std::string> rights;  // that the invoked capability needs
  std::vector<Parameter> args;
  std::vector<Parameter> returns;
  std::vector<std::string> errors;
  std::string doc;
};

struct Object {
  std::string name;
  std::uint64_t number = 0;
  std::vector<Method> methods;
  std::string doc;
};

struct Field {
  std::string name;
  std::string type;         // u8 to u64, or the name of a struct
  bool is_struct = false;
  std::uint64_t count = 0;  // elements of an array; 0: not an array
  std::uint64_t offset = 0;
  std::string doc;
};

struct Struct {
  std::string name;
  std::vector<Field> fields;
  std::uint64_t padding = 0;  // bytes behind the last field
  std::uint64_t size = 0;
  std::uint64_t alignment = 1;
  std::string doc;
};

struct Abi {
  std::string name;
  std::uint64_t version = 0;
  std::uint64_t hash = 0;  // of the source text
  std::string doc;
  std::vector<Constant> constants;
  std::vector<Item> calls;
  std::vector<Item> errors;
  std::vector<Item> rights;  // number = bit
  std::vector<Item> guest_exits;
  std::vector<Object> objects;
  std::vector<Struct> structs;
};

}  // namespace tessera::tools::abigen
