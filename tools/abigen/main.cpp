// SPDX-License-Identifier: Apache-2.0
// abigen FILE.toml DIRECTORY: writes DIRECTORY/NAME.{hpp,client.hpp,methods.hpp,h,inc,rs,md}.
// abigen --protocol FILE.toml DIRECTORY: a protocol; writes DIRECTORY/NAME.{hpp,h,rs,md}.
#include <cstdio>
#include <filesystem>
#include <utility>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/load.hpp"
#include "tools/abigen/protocol.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace tessera::tools::abigen {
namespace {

void check_name(const std::string& source, const char* table, const std::string& name, Diagnostics& diagnostics) {
  const std::string expected = std::filesystem::path(source).stem().string();
  if (!diagnostics.empty() || name == expected) return;
  diagnostics.add({1, 1}, std::string(table) + " name is '" + name + "', but the file's name says '" + expected + "'");
}

Result<void> generate(const std::string& source, const std::string& directory) {
  const std::string text = TRY(read_file(source));
  Diagnostics diagnostics(source);
  const Abi abi = load(text, source, diagnostics);
  check_name(source, "[abi]", abi.name, diagnostics);
  if (!diagnostics.empty()) return fail(diagnostics.text());
  TRY(make_directories(directory));
  const std::string stem = directory + "/" + abi.name;
  TRY(write_file_if_changed(stem + ".hpp", emit_cpp(abi)));
  TRY(write_file_if_changed(stem + ".client.hpp", emit_client(abi)));
  TRY(write_file_if_changed(stem + ".methods.hpp", emit_methods(abi)));
  TRY(write_file_if_changed(stem + ".h", emit_c(abi)));
  TRY(write_file_if_changed(stem + ".inc", emit_assembler(abi)));
  TRY(write_file_if_changed(stem + ".rs", emit_rust(abi)));
  TRY(write_file_if_changed(stem + ".md", emit_reference(abi)));
  return {};
}

Result<void> generate_protocol(const std::string& source, const std::string& directory) {
  const std::string text = TRY(read_file(source));
  Diagnostics diagnostics(source);
  const Protocol protocol = load_protocol(text, source, diagnostics);
  check_name(source, "[protocol]", protocol.name, diagnostics);
  if (!diagnostics.empty()) return fail(diagnostics.text());
  TRY(make_directories(directory));
  const std::string stem = directory + "/" + protocol.name;
  TRY(write_file_if_changed(stem + ".hpp", emit_protocol_cpp(protocol)));
  TRY(write_file_if_changed(stem + ".h", emit_protocol_c(protocol)));
  TRY(write_file_if_changed(stem + ".rs", emit_protocol_rust(protocol)));
  TRY(write_file_if_changed(stem + ".md", emit_protocol_page(protocol)));
  return {};
}

}  // namespace
}  // namespace tessera::tools::abigen

int main(int count, char** values) {
  const auto arguments = tessera::tools::arguments(count, values);
  const bool protocol = arguments.size() == 4 && arguments[1] == "--protocol";
  if (arguments.size() != 3 && !protocol) {
    std::fputs("usage: abigen abi/NAME.toml OUTPUT-DIRECTORY\n       abigen --protocol abi/protocols/NAME.toml OUTPUT-DIRECTORY\n",
               stderr);
    return 2;
  }
  const auto done = protocol ? tessera::tools::abigen::generate_protocol(arguments[2], arguments[3])
                             : tessera::tools::abigen::generate(arguments[1], arguments[2]);
  if (!done) {
    std::string message = done.error().message;
    if (!message.ends_with('\n')) message += '\n';
    std::fputs(message.c_str(), stderr);
    return 1;
  }
  return 0;
}
