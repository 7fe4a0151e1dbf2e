// SPDX-License-Identifier: Apache-2.0
// abigen FILE.toml DIRECTORY: writes DIRECTORY/NAME.{hpp,client.hpp,methods.hpp,h,inc,rs,md}.
#include <cstdio>
#include <filesystem>
#include <utility>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/load.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace tessera::tools::abigen {
namespace {

Result<void> generate(const std::string& source, const std::string& directory) {
  const std::string text = TRY(read_file(source));
  Diagnostics diagnostics(source);
  const Abi abi = load(text, source, diagnostics);
  const std::string expected = std::filesystem::path(source).stem().string();
  if (diagnostics.empty() && abi.name != expected) {
    diagnostics.add({1, 1}, "[abi] name is '" + abi.name + "', but the file's name says '" + expected + "'");
  }
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

}  // namespace
}  // namespace tessera::tools::abigen

int main(int count, char** values) {
  const auto arguments = tessera::tools::arguments(count, values);
  if (arguments.size() != 3) {
    std::fputs("usage: abigen abi/NAME.toml OUTPUT-DIRECTORY\n", stderr);
    return 2;
  }
  if (const auto done = tessera::tools::abigen::generate(arguments[1], arguments[2]); !done) {
    std::string message = done.error().message;
    if (!message.ends_with('\n')) message += '\n';
    std::fputs(message.c_str(), stderr);
    return 1;
  }
  return 0;
}
