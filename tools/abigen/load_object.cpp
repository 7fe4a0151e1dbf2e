// SPDX-License-Identifier: Apache-2.0
// The object types of an ABI and their methods.
#include "tools/abigen/load_object.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "tools/abigen/unique.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::abigen {
namespace {

constexpr std::size_t kRegisterWords = 8;

std::vector<std::string> names_of(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const Item& item : items) names.push_back(item.name);
  return names;
}

// The strings of KEY, each of which must be one of KNOWN.
std::vector<std::string> references(const toml::Reader& reader, const char* key, const std::string& what,
                                    const std::vector<std::string>& known) {
  std::vector<std::string> found;
  for (const auto& [text, where] : reader.strings(key)) {
    if (std::ranges::find(known, text) == known.end()) {
      reader.error(where, "no " + what + " is called '" + text + "'" + suggestion(text, known));
    } else if (std::ranges::find(found, text) != found.end()) {
      reader.error(where, "the " + what + " '" + text + "' is named twice");
    }
    found.push_back(text);
  }
  return found;
}

std::vector<Parameter> load_parameters(const toml::Reader& method, const char* key) {
  static const std::array<std::string, 3> keys{"name", "type", "doc"};
  static const std::array<std::string, 4> types{"u64", "handle", "rights", "object_type"};
  std::vector<Parameter> parameters;
  Unique unique("parameter");
  for (const toml::Reader& reader : method.tables(key)) {
    reader.allow(keys, "a parameter");
    Parameter parameter{reader.string("name"), reader.string("type"), reader.string_or("doc", "")};
    unique.name(reader, parameter.name);
    if (parameter.name == "self") {
      reader.error(reader.where("name"), "a parameter may not be called 'self': that is the invoked handle");
    }
    if (reader.has("type") && std::ranges::find(types, parameter.type) == types.end()) {
      reader.error(reader.where("type"), "no parameter type '" + parameter.type + "'" + suggestion(parameter.type, types));
    }
    parameters.push_back(std::move(parameter));
  }
  if (parameters.size() > kRegisterWords) {
    method.error(method.where(key), "a method has at most 8 " + std::string(key) + ", this one has " +
                                        std::to_string(parameters.size()));
  }
  return parameters;
}

Method load_method(const toml::Reader& reader, const Abi& abi) {
  static const std::array<std::string, 7> keys{"name", "number", "rights", "args", "returns", "errors", "doc"};
  reader.allow(keys, "a method");
  Method method;
  method.name = reader.string("name");
  method.number = reader.number("number", std::numeric_limits<std::uint32_t>::max());
  method.rights = references(reader, "rights", "right", names_of(abi.rights));
  method.args = load_parameters(reader, "args");
  method.returns = load_parameters(reader, "returns");
  method.errors = references(reader, "errors", "error", names_of(abi.errors));
  method.doc = reader.string("doc");
  return method;
}

}  // namespace

std::vector<Object> load_objects(const toml::Reader& root, const Abi& abi) {
  static const std::array<std::string, 4> keys{"name", "number", "method", "doc"};
  std::vector<Object> objects;
  Unique unique("object");
  for (const toml::Reader& reader : root.tables("object")) {
    reader.allow(keys, "an object");
    Object object{reader.string("name"), reader.number("number", 255), {}, reader.string("doc")};
    unique.name(reader, object.name);
    unique.number(reader, "number", object.number);
    if (object.name == "none" || (reader.has("number") && object.number == 0)) {
      reader.error(reader.where("number"), "the name 'none' and the number 0 stand for no object");
    }
    Unique unique_method("method of " + object.name);
    for (const toml::Reader& one : reader.tables("method")) {
      Method method = load_method(one, abi);
      unique_method.name(one, method.name);
      unique_method.number(one, "number", method.number);
      object.methods.push_back(std::move(method));
    }
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace tessera::tools::abigen
